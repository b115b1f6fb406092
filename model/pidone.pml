/* SPDX-License-Identifier: MIT */
/*
 * The loop of init.c and end.c as a model for spin(1): `make model` looks at every order in which
 * init, main, the rest, the senders of signals and the clock can take their steps. States, functions
 * and what struct init has are named as there; a reader should see that it is the same machine.
 * STARTING alone is the model's: what is before the first of init's states.
 *
 * What is here: block, spawn, SIGCHLDs that become one, forged ones, ones that name anybody, the walk
 * that is owed, a read that leaves SIGCHLD for the next, forwarding, -a, -k, -t, -P, each of the rest
 * told once, a second SIGINT's hurry, as PID 1 (KILL for the rest is one step) and as subreaper (it is
 * a walk, and others fork meanwhile), children that fork, that ignore TERM, that do not even end of
 * KILL.
 *
 * That is the world FIRST. Three more would make it too large, and are looked at one by one, with
 * fewer signals and without -k and -P:
 *   GROUP    -g: the stop signal goes to main's group, and who had it so is not told again.
 *   ENTERED  `docker exec`: one of the rest that is nobody's child.
 *   BEFORE   a child that init had before main, and that is not of the rest.
 *
 * What is not: the terminal (who was told by it is told as by -g), stops of main, rewriting, two
 * signals that are one (is_repeated), calls that fail (but for /proc where the rest is to be told),
 * that reaping has limits (WALK_REAPS: there are never so many; OWED_REAPS and LONG_US: at any SIGCHLD
 * the walk may come at once), that /proc counts time in ticks, KILL for the group of -k, the status of
 * -a's last, what init does after its loop. Who is told may end, as may everybody else at any time, or
 * never; CONT and STOP for the rest have no step of their own. Processes are few, and none is born
 * twice.
 *
 * MUTANT_...: seeded mistakes, for `make model-mutants`. Beside each stands what has to find it: the
 * name of a formula, or "asserts" with a word of the assert; before it and a colon the world, if it
 * is not the first.
 */

#define MAIN 0
#define SLOTS 3 /* main, a child of it, and that one's child, or who is special in this world */
#define INIT SLOTS
#define OUTSIDE (SLOTS + 1)

/* ---- the world ----------------------------------------------------------- */

mtype:life = { UNBORN, ALIVE, ZOMBIE, GONE };
mtype:life life[SLOTS] = UNBORN;
byte parent[SLOTS] = INIT;
bool stuck[SLOTS];    /* in uninterruptible sleep: not even KILL ends it */
bool got_kill[SLOTS];
bool got_stop_signal[SLOTS];

#define STATUS_EXIT 1
#define STATUS_KILL 2
#define STATUS_OTHER 3 /* somebody else's */
byte main_status; /* what main ended with; 0: it has not */

/* What is pending for init: one bit for each signal, however often it was sent. */
bool blocked;
bool pending_int, pending_usr, pending_term, pending_chld;
#define pending (pending_int || pending_usr || pending_term || pending_chld)

bool sent_usr, sent_term, sent_chld;
byte sent_int;

bool expired; /* the deadline is over */
bool due;     /* the time of the debt is over */

/* ---- struct init, struct rest, struct options ------------------------------ */

mtype:state = { STARTING, RUNNING, PAUSED, WAITING, DRAINING, KILLING, DONE };
mtype:state state = STARTING;
bool stop_signal_came, main_killed, walk_due, asks, deadline;
byte wstatus; /* 0: main has not ended */

bool grace, kill_after, wait_all, pause;
bool pid1; /* init is PID 1 */

mtype:signo = { INT, USR1, TERM }; /* USR1: as every other that is no stop signal, QUIT too */
#define is_stop_signal(signo) (signo == INT || signo == TERM)

#ifdef GROUP
bool told; /* main's group has had the stop signal */
bool in_group[SLOTS];
bool later[SLOTS]; /* started since then */
#ifdef MUTANT_TOLD_BY_ALL /* GROUP: asserts got_stop_signal: told twice */
#define is_untold(i) true
#elif defined(MUTANT_NO_TIME) /* GROUP: asserts all_told: who was born since then is not */
#define is_untold(i) (!told || !in_group[i])
#elif defined(MUTANT_NO_GROUP) /* GROUP: asserts all_told: who is in another group is not */
#define is_untold(i) (!told || later[i])
#else
#define is_untold(i) (!told || !in_group[i] || later[i])
#endif
#else
#define told false
#define is_untold(i) true
#endif

#ifdef ENTERED
#define GUEST 2
#else
#define GUEST SLOTS /* there is none */
#endif

#ifdef BEFORE
#define since true
bool from_before[SLOTS];
#define is_from_before(i) from_before[i]
#else
#define since false
#define is_from_before(i) false
#endif

/* ---- what is watched ------------------------------------------------------ */

bool owed;   /* a signal was accepted and has not come to main */
bool late;   /* a signal was accepted after main's end */
bool cause;  /* something has happened that init may wake up for */
bool asked;  /* -P: TERM was accepted */
bool asleep; /* init is in read(2) or poll(2) */

#define done (state == DONE)
#define above_paused (state == WAITING || state == DRAINING || state == KILLING)
#define main_over (life[MAIN] == ZOMBIE || life[MAIN] == GONE || wstatus != 0 || pause)
#define is_rest(i) (life[i] == ALIVE && !is_from_before(i))
#define rest_alive (is_rest(0) || is_rest(1) || is_rest(2))
#define is_child(i) (parent[i] == INIT && (life[i] == ALIVE || life[i] == ZOMBIE))
#define no_child (!is_child(0) && !is_child(1) && !is_child(2))
#define is_zombie(i) (parent[i] == INIT && life[i] == ZOMBIE)
#define no_zombie (!is_zombie(0) && !is_zombie(1) && !is_zombie(2))
/*
 * Main at any time; its child where it matters: without main, while the rest is being ended, and in
 * GROUP at any time too.
 */
#ifdef GROUP
#define may_fork(i) (i < 2 && !done)
#else
#define may_fork(i) ((i == MAIN && !done) || \
	(i == 1 && (state == PAUSED || state == DRAINING || state == KILLING)))
#endif
#define will_end(i) (life[i] == ALIVE && got_kill[i] && !stuck[i])
/* What asking /proc will find: until then it has no step, as it changes nothing. */
#define answer (asks && !rest_alive)
/* KILL_WAIT_MS is longer than all that can happen of itself. */
#define settled (asleep && !pending && !walk_due && !answer && \
	!will_end(0) && !will_end(1) && !will_end(2))

/* A signal accepted while main is there comes to main, if main does not end first. */
ltl signal_reaches_main { [] (owed -> <> (!owed || main_over)) }
/*
 * Main's end is init's, unless -a has others to wait for; with -t too, none after a stop signal.
 * (Others may enter when there were none.) That the status is right: asserts.
 */
#define waits_for_rest (wait_all && rest_alive && !(grace && stop_signal_came))
ltl status_is_delivered { [] ((main_over && !pause && !waits_for_rest) -> <> (done || waits_for_rest)) }
/* -P ends at a stop signal. That nothing else ends it: asserts. */
ltl pause_ends { [] ((pause && asked) -> <> done) }
ltl zombies_are_reaped { [] (is_zombie(1) -> <> (!is_zombie(1) || done)) }
ltl drain_ends { [] ((state == DRAINING || state == KILLING) -> <> done) }
/* -k: after a stop signal main is over soon, whatever it does. */
ltl main_is_killed { [] ((state == RUNNING && stop_signal_came && kill_after) -> <> main_over) }

/*
 * What is so or not, an option or the world, is chosen where it is first looked at: until then it
 * makes no difference, and there is less to look through.
 */
inline choose(what)
{
	if
	:: what = true
	:: skip
	fi
}

/* ---- rest.c --------------------------------------------------------------- */

inline tell_one(i, only_untold, came)
{
	if
#ifdef MUTANT_TELLS_EARLIER /* BEFORE: asserts from_before */
	:: life[i] == ALIVE && (!only_untold || is_untold(i)) ->
#else
	:: is_rest(i) && (!only_untold || is_untold(i)) ->
#endif
#ifdef BEFORE
		assert(!from_before[i]);
#endif
		if
		:: came /* it is passed on as it came, and may be another one */
		:: else -> assert(!got_stop_signal[i])
		fi;
		got_stop_signal[i] = true
	:: else
	fi
}

/* signal_rest() with the stop signal: one step, even as a walk. `found`: the rest can be found. */
inline tell(only_untold, came)
{
	if
	:: found ->
		/* Main may be there still, if KILL does not end it. */
		tell_one(1, only_untold, came);
		tell_one(2, only_untold, came)
	:: else
	fi
}

inline all_have_been_told()
{
	all_told = (!is_rest(1) || got_stop_signal[1]) && (!is_rest(2) || got_stop_signal[2]);
	assert(!found || all_told);
	found = false;
	all_told = false
}

/* kill(-1) can always be had, what needs /proc perhaps not. */
inline look_for_rest(only_untold)
{
	found = true;
	choose(pid1);
	if
	:: !pid1 || since || (only_untold && told) -> found = false
	:: true
	fi
}

inline kill_one(i)
{
	got_kill[i] = got_kill[i] || is_rest(i)
}

/*
 * kill(-1) is one step. A walk through /proc is one for each, and may miss what is born meanwhile:
 * pids wrap around, so the youngest may come first.
 */
inline kill_rest()
{
	if
	:: pid1 && !since -> atomic { kill_one(0); kill_one(1); kill_one(2) }
	:: else -> kill_one(2); kill_one(1); kill_one(0)
	fi
}

/* ---- end.c ---------------------------------------------------------------- */

inline enter(to, timed)
{
	state = to;
	deadline = timed;
	expired = false;
	/* Above PAUSED these make no difference; there is less to look through without them. */
	sent_usr = sent_usr || above_paused;
	sent_chld = sent_chld || above_paused
}

inline drain(only_untold)
{
	look_for_rest(only_untold);
	if
	:: found ->
		choose(stuck[1]);
		tell(only_untold, false);
		all_have_been_told();
#ifdef MUTANT_NO_DEADLINE /* drain_ends */
		enter(DRAINING, false)
#else
		enter(DRAINING, true)
#endif
	:: else -> enter(DONE, false) /* as without -t */
	fi
}

#ifdef MUTANT_STOP_FORGOTTEN /* status_is_delivered */
#define drains (grace && !wait_all)
#else
#define drains (grace && (!wait_all || stop_signal_came))
#endif

inline end_of_main(status)
{
	choose(grace);
	wstatus = status;
	owed = false;
	if
	:: drains -> drain(true)
	:: !drains && wait_all ->
		enter(WAITING, false);
		if
		:: stop_signal_came ->
			look_for_rest(true);
#ifndef MUTANT_NOT_PASSED_ON /* asserts all_told: the stop signal came while main lived */
			tell(true, false);
#endif
			all_have_been_told()
		:: else
		fi
	:: !drains && !wait_all -> enter(DONE, false)
	fi
}

inline deadline_passed()
{
	cause = pending || due || answer;
	assert(state == RUNNING || state == DRAINING || state == KILLING); /* who has a deadline */
	if
	:: state == RUNNING && main_killed -> choose(wait_all); end_of_main(STATUS_KILL)
	:: state == RUNNING && !main_killed ->
		main_killed = true;
		choose(stuck[MAIN]);
		kill_one(MAIN);
#ifdef MUTANT_STUCK_MAIN /* main_is_killed */
		enter(RUNNING, false)
#else
#ifndef MUTANT_DEADLINE_KEPT /* asserts cause: a wake-up without one */
		enter(RUNNING, true)
#endif
#endif
	:: state == DRAINING ->
		kills = true;
#ifdef MUTANT_NO_KILL_WAIT /* drain_ends */
		enter(KILLING, false)
#else
		enter(KILLING, true)
#endif
	:: state == KILLING ->
		/* Nobody was overlooked: the last round of KILL came just before this. */
		assert(!is_rest(0) || got_kill[0]);
		assert(!is_rest(1) || got_kill[1]);
		assert(!is_rest(2) || got_kill[2]);
		enter(DONE, false)
	fi
}

#ifdef MUTANT_ASKS_NOBODY /* ENTERED: asserts cut_off */
#define asks_proc since
#elif defined(MUTANT_WAITS_FOR_EARLIER) /* BEFORE: status_is_delivered */
#define asks_proc (reap_empty && pid1)
#else
#define asks_proc (reap_empty -> pid1 : since)
#endif

/* Of the rest, that is. In the instant in which /proc was read. */
inline anybody_left()
{
	if
	:: asks_proc ->
		left = rest_alive;
#ifndef MUTANT_ASKS_ONCE /* ENTERED: status_is_delivered */
		asks = left && pid1
#endif
	:: else ->
		left = !reap_empty;
		asks = false
	fi
}

inline after_reaping()
{
	if
	:: above_paused ->
		anybody_left();
		if
#ifndef MUTANT_NONE_LEFT /* asserts parent: waits for nobody */
		:: !left ->
			cut_off = rest_alive;
			assert(!cut_off);
			enter(DONE, false)
#endif
#ifndef MUTANT_KILL_ONCE /* asserts got_kill: somebody was overlooked */
		:: left && state == KILLING -> kills = true
#endif
		:: else
		fi;
		left = false;
		reap_empty = false
	:: else
	fi
}

inline hurry()
{
	if
#ifdef MUTANT_TERM_HURRIES /* asserts hurries: an engine repeats it */
	:: stop_signal_came && state == DRAINING -> hurried = true
#elif defined(MUTANT_FIRST_HURRIES) /* asserts hurries: a drain that no stop signal began */
	:: signo == INT && state == DRAINING -> hurried = true
#elif !defined(MUTANT_NO_HURRY) /* asserts hurries: a second one changes nothing */
	:: signo == INT && stop_signal_came && state == DRAINING -> hurried = true
#endif
	:: else
	fi;
	stop_signal_came = stop_signal_came || signo == INT
}

#ifdef MUTANT_ALL_END_PAUSE /* asserts asked */
#define ends_pause(signo) true
#elif defined(MUTANT_DEAF_PAUSE) /* pause_ends */
#define ends_pause(signo) false
#else
#define ends_pause(signo) is_stop_signal(signo)
#endif

/* A signal that is none of the stop signals has no step: whoever of the rest gets it may do anything. */
inline signal_others()
{
	if
	:: (state == DRAINING || state == KILLING) && is_stop_signal(signo) ->
#ifdef MUTANT_TOLD_AGAIN /* asserts got_stop_signal: told twice */
		found = true;
		tell(false, false);
		found = false;
#endif
		hurry()
	:: state == PAUSED && !ends_pause(signo)
	:: (state == PAUSED && ends_pause(signo) || state == WAITING && is_stop_signal(signo)) && grace ->
		stop_signal_came = true;
		drain(false)
	:: state == PAUSED && ends_pause(signo) && !grace -> enter(DONE, false)
	:: state == WAITING && is_stop_signal(signo) && !grace ->
		stop_signal_came = true;
		look_for_rest(false);
		tell(false, true);
		all_have_been_told()
	:: else
	fi
}

/* ---- init.c ------------------------------------------------------------- */

/* One wait4(2) that finds a zombie. Whose end it was is looked at behind it: main_reaped(). */
inline reap(zombie)
{
	life[zombie] = GONE;
#ifdef MUTANT_ANY_CHILD /* asserts wstatus: it is not main's */
	is_main = state == RUNNING
#else
	is_main = is_main || (state == RUNNING && zombie == MAIN)
#endif
}

inline main_reaped()
{
	if
	:: is_main -> is_main = false; end_of_main(main_status)
	:: else
	fi
}

#ifdef MUTANT_REAP_ONCE /* zombies_are_reaped */
#define AFTER_REAP ; break
#else
#define AFTER_REAP
#endif

/*
 * wait4(-1, WNOHANG) until it says none is left; any of the zombies may be the next. One step: who
 * ends meanwhile ends before or after it, and has its SIGCHLD.
 */
inline reap_all()
{
	do
	:: is_zombie(0) -> reap(0) AFTER_REAP
	:: is_zombie(1) -> reap(1) AFTER_REAP
	:: is_zombie(2) -> reap(2) AFTER_REAP
	:: no_zombie -> break
	od;
	main_reaped();
	reap_empty = above_paused && no_child;
#ifndef MUTANT_DEBT_KEPT /* asserts cause: a wake-up and no debt */
	walk_due = false;
	due = false;
#endif
	walk = false
}

inline owe_walk()
{
	walk_due = true
}

/*
 * Where walks are short this one has its walk at once, else who is named is reaped and the walk is
 * owed, or due as the 64th. Named may be any of those that ended since the last SIGCHLD was read,
 * and in a forged one anybody.
 */
inline reap_named()
{
	if
	:: above_paused /* there each turn has its walk */
	:: !above_paused -> walk = true
	:: !above_paused ->
		if
		:: is_zombie(1) -> reap(1)
		:: is_zombie(2) -> reap(2)
		:: true
		fi;
#ifndef MUTANT_END_OWED /* asserts main_status: main's end waits for the walk */
		if
		:: state == RUNNING && is_zombie(MAIN) -> reap(MAIN)
		:: else
		fi;
#endif
		main_reaped();
#ifndef MUTANT_NO_DEBT /* zombies_are_reaped: who is named is all there is */
		owe_walk()
#endif
	fi
}

/*
 * Waits for a signal (that of the timer is `due`), or as long as time_left() has it; reads what is
 * pending. Four at most, in the code, and lower numbers first: SIGCHLD may be left for the next read.
 */
inline wait_signals()
{
#ifdef MUTANT_TICK /* asserts cause: a wake-up without one */
	true;
#else
	pending || (deadline && expired) || due || answer;
#endif
	assert(cause);
	asleep = false;
	intr = pending_int;
	usr = pending_usr;
	term = pending_term;
	is_late = late;
	pending_int = false;
	pending_usr = false;
	pending_term = false;
	late = false;
	if
	:: chld = pending_chld; pending_chld = false
	:: pending_chld && (intr || usr || term)
	fi;
	cause = pending;
	/* Nothing read: the deadline has passed, the walk is due, or /proc is to be asked. */
#ifndef MUTANT_NEVER_PAID /* zombies_are_reaped */
	walk = due || !(intr || usr || term || chld)
#endif
}

#ifdef GROUP
inline tell_member(i)
{
	if
	:: is_rest(i) ->
		if
		:: !told -> choose(in_group[i])
		:: else
		fi;
		got_stop_signal[i] = got_stop_signal[i] || in_group[i];
		later[i] = false
	:: else
	fi
}

/* Where it is not there main alone gets the signal. */
inline signal_group()
{
	if
	:: tell_member(1); tell_member(2); told = true
	:: true
	fi
}
#else
#define signal_group() skip
#endif

/* What came after the read is owed still. */
inline signal_main()
{
	assert(!wait_all || !is_late);
#ifdef MUTANT_SIGCHLD_FIRST /* signal_reaches_main: a batch with a SIGCHLD in it is left for the reaping */
	owed = (owed && chld) || pending_int || pending_usr || pending_term;
#else
	owed = pending_int || pending_usr || pending_term;
#endif
	if
	:: is_stop_signal(signo) ->
		stop_signal_came = true;
		signal_group();
#ifdef FIRST
		choose(kill_after);
#endif
		if
		:: kill_after && !deadline -> enter(RUNNING, true)
		:: else
		fi
	:: else
	fi
}

inline take_signal()
{
	if
	:: state == RUNNING -> signal_main()
	:: else -> signal_others()
	fi
}

inline take_batch()
{
	if
	:: chld -> reap_named()
	:: else
	fi;
#ifndef MUTANT_NO_LOOK /* asserts is_late: a signal for the rest went to main */
	/* What came after main's end is for the rest, and its SIGCHLD may not have been read. */
	if
	:: wait_all && state == RUNNING && is_zombie(MAIN) &&
		(intr || usr || term || chld) ->
		reap(MAIN);
		main_reaped()
	:: else
	fi;
#endif
	/* Whether INT hurries is said here once more, in other words. */
	hurries = intr && state == DRAINING && stop_signal_came;
	do
	:: !done ->
		/* Lower numbers first. */
		if
		:: intr -> intr = false; signo = INT
		:: !intr && usr -> usr = false; signo = USR1
		:: !intr && !usr && term -> term = false; signo = TERM
		:: !intr && !usr && !term -> break
		fi;
		take_signal()
	:: done -> break
	od;
	signo = 0;
	assert(hurries == hurried);
	/* In this turn still, behind the reaping: deadline_passed(). */
	expired = expired || hurried;
	hurries = false;
	hurried = false;
	intr = false;
	usr = false;
	term = false;
	chld = false;
	is_late = false
}

inline block_signals()
{
	blocked = true
}

inline spawn()
{
	atomic {
		if
		:: pause -> enter(PAUSED, false)
		:: else -> life[MAIN] = ALIVE; enter(RUNNING, false)
		fi
	}
}

proctype supervise()
{
	bool is_main, reap_empty, left, cut_off, kills, found, all_told, hurries, hurried; /* within a turn */
	bool intr, usr, term, chld, is_late;
	mtype:signo signo;
	bool walk = true;

#ifdef MUTANT_LATE_BLOCK /* signal_reaches_main */
	spawn();
	block_signals();
#else
	block_signals();
	spawn();
#endif
	do
	::
		atomic {
			if
			:: walk || above_paused -> reap_all()
			:: else
			fi
		};
		atomic {
			after_reaping();
#ifdef MUTANT_NO_RECHECK /* status_is_delivered: "all are reaped, so SIGCHLD is dealt with" */
			pending_chld = false;
#endif
			if
			:: !kills -> goto has_passed
			:: else
			fi
		};
		kill_rest();
		atomic {
			kills = false;
has_passed:
			if
			:: deadline && expired -> deadline_passed()
			:: else
			fi;
			if
			:: !kills -> goto sleep
			:: else
			fi
		};
		kill_rest();
		atomic {
			kills = false;
sleep:
			if
			:: done -> break
			:: else
			fi;
			/* Who waits for the rest has somebody to wait for; no end of main waits for a walk. */
			assert(!above_paused || asks || (is_child(0) && !is_from_before(0)) ||
			       (is_child(1) && !is_from_before(1)) || (is_child(2) && !is_from_before(2)));
			assert(state != RUNNING || pending_chld || main_status == 0);
			asleep = true
		};
		atomic {
			wait_signals()
		};
		atomic {
			take_batch()
		}
	od;
	/* The status is main's own, or that of a SIGKILL which did not end it. */
	assert(pause || wstatus == main_status ||
	       (main_killed && stuck[MAIN] && wstatus == STATUS_KILL));
	assert(!pause || asked)
}

/* ---- everybody else ------------------------------------------------------- */

/* The kernel's part in the end of a process: a zombie, its children for init, a SIGCHLD. */
inline end_of(me, status)
{
	got_kill[me] = false;
	got_stop_signal[me] = false;
	if
	:: me == MAIN -> main_status = status; choose(wait_all)
	:: else
	fi;
	if
	:: me < 2 && life[me + 1] != UNBORN && parent[me + 1] == me ->
		parent[me + 1] = INIT;
		pending_chld = pending_chld || life[me + 1] == ZOMBIE
	:: else
	fi;
	if
	:: me == GUEST -> life[me] = GONE; cause = cause || asks
	:: else ->
		life[me] = ZOMBIE;
		pending_chld = pending_chld || parent[me] == INIT;
		cause = cause || pending_chld
	fi
}

proctype process(byte me)
{
end_unborn:
	life[me] == ALIVE;
end_alive:
	do
	:: atomic { !done && got_kill[me] && !stuck[me] -> end_of(me, STATUS_KILL) }; break
	:: atomic { !done && !got_kill[me] -> end_of(me, STATUS_EXIT) }; break
	:: atomic { may_fork(me) && me + 1 != GUEST && !got_kill[me] && life[me + 1] == UNBORN ->
		life[me + 1] = ALIVE;
#ifdef GROUP
		if
		:: told -> later[me + 1] = true; choose(in_group[me + 1])
		:: else
		fi;
#endif
		if
		:: parent[me + 1] = me
		:: true /* a daemon: forked twice, an orphan from the start */
		fi
	}
	od
}

/* While one is pending a second one of the same number is lost: that is how signals are. */
inline accept_signal(signal)
{
	if
	:: blocked ->
		signal = true;
		cause = true;
		owed = owed || !main_over;
		late = late || (state == RUNNING && life[MAIN] == ZOMBIE)
	:: else ->
		/* Lost, as PID 1. That is nobody's fault only while there is no main. */
		owed = owed || life[MAIN] == ALIVE
	fi
}

#ifdef GROUP
#define may_interrupt (sent_int < 1)
#else
/* Elsewhere TERM is one like it. */
#define may_interrupt (state == DRAINING && sent_int < 2)
#endif

/* Whoever sends init signals, or does not; who enters, or does not. */
proctype sender()
{

end_sender:
	do
#ifdef FIRST
	:: atomic { !sent_usr && !done -> sent_usr = true; accept_signal(pending_usr) }
	:: atomic { !sent_chld && blocked && !done -> sent_chld = true; pending_chld = true; cause = true }
#endif
	:: atomic { !sent_term && !done -> sent_term = true; asked = pause && blocked; accept_signal(pending_term) }
	:: atomic { may_interrupt && !done -> sent_int++; accept_signal(pending_int) }
#ifdef ENTERED
	/* Who comes while the KILL goes round ends with PID 1. */
	:: atomic { life[GUEST] == UNBORN && state != STARTING && !done &&
		state != KILLING && (state != DRAINING || asleep) -> life[GUEST] = ALIVE }
#endif
	od
}

/*
 * Any time may have passed, but for KILL_WAIT_MS: see `settled`. Where nothing is due, nothing may
 * happen any more, for ever: that is how a process here never ends and a signal never comes.
 */
proctype clock()
{
end_clock:
	do
	:: atomic { walk_due && !due && !done -> due = true; cause = true }
	:: atomic {
		deadline && !expired && !done && ((state != KILLING && !main_killed) || settled) ->
		expired = true;
		cause = true
	}
	:: settled && !deadline && !done
	od
}

init
{
	atomic {
#ifdef FIRST
		if
		:: pause = true;
		   life[1] = ALIVE; /* a container's process, come to the pause process */
		   choose(grace)
		:: true
		fi;
#endif
#ifdef ENTERED
		pid1 = true;
		parent[GUEST] = OUTSIDE;
#endif
#ifdef BEFORE
		from_before[2] = true;
		life[2] = ALIVE;
#endif
		run process(MAIN);
		run process(1);
		run process(2);
		run sender();
		run clock();
		run supervise()
	}
}
