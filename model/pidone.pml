/* SPDX-License-Identifier: MIT */
/*
 * The loop of init.c as a model for spin(1): `make model` looks at every order in which init, main,
 * the rest, the senders of signals and the clock can take their steps. States and functions have
 * the names that they have in init.c; a reader should see that it is the same machine. STARTING alone
 * is the model's: what is before the first of init.c's states.
 *
 * What is here: block, spawn, SIGCHLDs that become one, forged ones, forwarding, -a, -k, -t, -P,
 * as PID 1 (KILL for the rest is one step) and as subreaper (it is a walk, and others fork
 * meanwhile), children that fork, that ignore TERM, that do not even end of KILL.
 * What is not: the terminal, stops of main, groups, rewriting, calls that fail (but for /proc, which
 * a subreaper may not have), that reaping has a limit a turn (REAPS: there are never so many here),
 * whom a SIGCHLD names (it changes who is reaped first, and here that may be anybody).
 * TERM and STOP for the rest have no step of their own: a process here may end at any time, or never,
 * and whom init holds another may continue. Processes are few, and none is born twice.
 *
 * MUTANT_...: seeded mistakes, for `make model-mutants`. Beside each stands what has to find it: the
 * name of a formula, or "asserts" with a word of the assert.
 */

#define MAIN 0
#define SLOTS 3 /* main, a child of it, and that one's child */
#define INIT SLOTS

/* ---- the world ----------------------------------------------------------- */

mtype:life = { UNBORN, ALIVE, ZOMBIE, GONE };
mtype:life life[SLOTS] = UNBORN;
byte parent[SLOTS] = INIT;
bool stuck[SLOTS];    /* in uninterruptible sleep: not even KILL ends it */
bool got_kill[SLOTS];

#define STATUS_EXIT 1
#define STATUS_KILL 2
#define STATUS_OTHER 3 /* somebody else's */
byte main_status; /* what main ended with; 0: it has not */

/* What is pending for init: one bit for each signal, however often it was sent. */
bool blocked;
bool pending_usr, pending_term, pending_quit, pending_chld;
#define pending (pending_usr || pending_term || pending_quit || pending_chld)

bool expired; /* the deadline is over */

/* ---- struct init, struct options ------------------------------------------ */

mtype:state = { STARTING, RUNNING, PAUSED, WAITING, DRAINING, KILLING, DONE };
mtype:state state = STARTING;
bool main_ended, main_killed, stop_seen, deadline;
byte wstatus;

bool grace, kill_after, wait_all, pause;
bool pid1;    /* init is PID 1 */
bool no_proc; /* it is not, and cannot find the rest */

mtype:signo = { USR1, TERM, QUIT }; /* TERM is INT too */
#define is_stop_signal(signo) (signo == TERM || signo == QUIT)

/* ---- what is watched ------------------------------------------------------ */

bool owed;   /* a signal was accepted and has not come to main */
bool late;   /* -a: a signal was accepted after main's end, and is the rest's */
bool cause;  /* something has happened that init may wake up for */
bool asked;  /* TERM was accepted */
bool asleep; /* init is in read(2) or poll(2) */

#define done (state == DONE)
#define main_over (life[MAIN] == ZOMBIE || life[MAIN] == GONE || main_ended || pause)
#define nobody_alive (life[0] != ALIVE && life[1] != ALIVE && life[2] != ALIVE)
#define is_child(i) (parent[i] == INIT && (life[i] == ALIVE || life[i] == ZOMBIE))
#define no_child (!is_child(0) && !is_child(1) && !is_child(2))
#define is_zombie(i) (parent[i] == INIT && life[i] == ZOMBIE)
/* Main at any time; its child where it matters: without main, and while the rest is being ended. */
#define may_fork(i) ((i == MAIN && !done) || \
	(i == 1 && (state == PAUSED || state == DRAINING || state == KILLING)))
#define no_zombie (!is_zombie(0) && !is_zombie(1) && !is_zombie(2))
#define will_end(i) (life[i] == ALIVE && got_kill[i] && !stuck[i])
/* KILL_WAIT_MS is longer than all that can happen of itself. */
#define settled (asleep && !pending && !will_end(0) && !will_end(1) && !will_end(2))

/* A signal accepted while main is there comes to main, if main does not end first. */
ltl signal_reaches_main { [] (owed -> <> (!owed || main_over)) }
/*
 * Main's end is init's, unless -a has others to wait for; with -t too, none after a stop signal.
 * That the status is right: asserts.
 */
ltl status_is_delivered { [] ((main_over && !pause && (!wait_all || nobody_alive || (grace && stop_seen))) -> <> done) }
/* -P ends at a stop signal. That nothing else ends it: asserts. */
ltl pause_ends { [] ((pause && asked) -> <> done) }
ltl zombies_are_reaped { [] (is_zombie(1) -> <> (!is_zombie(1) || done)) }
ltl drain_ends { [] ((state == DRAINING || state == KILLING) -> <> done) }
/* -k: after a stop signal main is over soon, whatever it does. */
ltl main_is_killed { [] ((state == RUNNING && stop_seen && kill_after) -> <> main_over) }

/* ---- init.c ------------------------------------------------------------- */

inline enter(to, timed)
{
	state = to;
	deadline = timed;
	expired = false
}

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

inline kill_one(i)
{
	got_kill[i] = got_kill[i] || life[i] == ALIVE
}

/*
 * kill(-1) is one step. A walk through /proc is one for each, and may miss what is born meanwhile:
 * pids wrap around, so the youngest may come first.
 */
inline kill_rest()
{
	if
	:: pid1 -> atomic { kill_one(0); kill_one(1); kill_one(2) }
	:: else -> kill_one(2); kill_one(1); kill_one(0)
	fi
}

inline drain()
{
	if
	:: choose(pid1)
	:: no_proc = true
	fi;
	if
	:: no_proc
	:: !no_proc -> choose(stuck[1])
	fi;
	if
	:: no_proc -> enter(DONE, false) /* as without -t */
#ifdef MUTANT_NO_DEADLINE /* drain_ends */
	:: else -> enter(DRAINING, false)
#else
	:: else -> enter(DRAINING, true)
#endif
	fi
}

#ifdef MUTANT_STOP_FORGOTTEN /* status_is_delivered */
#define drains (grace && !wait_all)
#else
#define drains (grace && (!wait_all || stop_seen))
#endif

inline end_of_main(status)
{
	choose(grace);
	main_ended = true;
	wstatus = status;
	if
	:: drains -> drain()
	:: !drains && wait_all -> enter(WAITING, false)
	:: !drains && !wait_all -> enter(DONE, false)
	fi
}

inline deadline_passed()
{
	cause = pending;
	assert(state == RUNNING || state == DRAINING || state == KILLING); /* who has a deadline */
	if
	:: atomic { state == RUNNING && main_killed -> end_of_main(STATUS_KILL) }
	:: atomic { state == RUNNING && !main_killed ->
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
	}
	:: state == DRAINING ->
		kill_rest();
#ifdef MUTANT_NO_KILL_WAIT /* drain_ends */
		atomic { enter(KILLING, false) }
#else
		atomic { enter(KILLING, true) }
#endif
	:: atomic { state == KILLING ->
		/* Nobody was overlooked: the last round of KILL came just before this. */
		assert(life[0] != ALIVE || got_kill[0]);
		assert(life[1] != ALIVE || got_kill[1]);
		assert(life[2] != ALIVE || got_kill[2]);
		enter(DONE, false)
	}
	fi
}

/* One wait4(2) that finds a zombie. */
inline reap_one(zombie)
{
	life[zombie] = GONE;
	if
#ifdef MUTANT_ANY_CHILD /* asserts wstatus: it is not main's */
	:: zombie != MAIN && !main_ended && !pause -> end_of_main(STATUS_OTHER)
	:: zombie == MAIN && !main_ended -> end_of_main(main_status)
#else
	:: zombie == MAIN && !main_ended -> end_of_main(main_status)
#endif
	:: else
	fi
}

#ifdef MUTANT_REAP_ONCE /* zombies_are_reaped */
#define AFTER_REAP ; atomic { reap_empty = no_child }; break
#else
#define AFTER_REAP
#endif

/* wait4(-1, WNOHANG) until it says none is left; any of the zombies may be the next. */
inline reap_all()
{
	do
	:: atomic { done -> reap_empty = false }; break
	:: atomic { !done && is_zombie(0) -> reap_one(0) } AFTER_REAP
	:: atomic { !done && is_zombie(1) -> reap_one(1) } AFTER_REAP
	:: atomic { !done && is_zombie(2) -> reap_one(2) } AFTER_REAP
	:: atomic { !done && no_zombie -> reap_empty = no_child }; break
	od
}

inline reaped()
{
	if
#ifndef MUTANT_NONE_LEFT /* asserts parent: waits for nobody */
	:: atomic { reap_empty && state != PAUSED && !done ->
		assert(state != RUNNING); /* main is a child until it was reaped */
		enter(DONE, false)
	}
#endif
#ifndef MUTANT_KILL_ONCE /* asserts got_kill: somebody was overlooked */
	:: !reap_empty && state == KILLING -> kill_rest()
#endif
	:: else
	fi
}

/* Waits for a signal or the deadline; reads all that is pending at once. */
inline wait_signals()
{
	atomic {
#ifdef MUTANT_TICK /* asserts cause: a wake-up without one */
		true;
#else
		pending || (deadline && expired);
#endif
		assert(cause);
		cause = false;
		asleep = false;
		usr = pending_usr;
		term = pending_term;
		quit = pending_quit;
		chld = pending_chld;
		is_late = late;
		pending_usr = false;
		pending_term = false;
		pending_quit = false;
		pending_chld = false;
		late = false
	}
}

/* What came after the read is owed still. */
inline signal_main()
{
	assert(!is_late);
#ifdef MUTANT_SIGCHLD_FIRST /* signal_reaches_main: a batch with a SIGCHLD in it is left for the reaping */
	owed = (owed && chld) || pending_usr || pending_term;
#else
	owed = pending_usr || pending_term;
#endif
	if
	:: stop_seen && kill_after && !deadline && !main_killed -> enter(RUNNING, true)
	:: else
	fi
}

#ifdef MUTANT_QUIT_ENDS_PAUSE /* asserts asked */
#define ends_pause(signo) (signo != USR1)
#elif defined(MUTANT_DEAF_PAUSE) /* pause_ends */
#define ends_pause(signo) false
#else
#define ends_pause(signo) (signo == TERM)
#endif

inline signal_others(signo)
{
	if
	:: state == PAUSED && !ends_pause(signo) /* swallowed */
	:: state == PAUSED && ends_pause(signo) && grace -> drain()
	:: state == PAUSED && ends_pause(signo) && !grace -> enter(DONE, false)
	:: state == WAITING && is_stop_signal(signo) && grace -> drain()
	:: else /* sent to the rest; once it drains, no second stop signal */
	fi
}

inline take_signal(signo)
{
	stop_seen = stop_seen || is_stop_signal(signo);
	if
	:: state == RUNNING -> signal_main()
	:: else -> signal_others(signo)
	fi
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
	bool reap_empty, usr, term, quit, chld, is_late;
	bool look = true;

#ifdef MUTANT_LATE_BLOCK /* signal_reaches_main */
	spawn();
	block_signals();
#else
	block_signals();
	spawn();
#endif
	do
	::
		if
		:: look || state != RUNNING -> reap_all()
		:: else
		fi;
		reaped();
#ifdef MUTANT_NO_RECHECK /* status_is_delivered: "all are reaped, so SIGCHLD is dealt with" */
		pending_chld = false;
#endif
		if
		:: deadline && expired -> deadline_passed()
		:: else
		fi;
		atomic {
			if
			:: done -> break
			:: else
			fi;
			/* Who waits for the rest has somebody to wait for. */
			assert(state == RUNNING || state == PAUSED || !no_child);
			asleep = true
		};
		wait_signals();
#ifdef MUTANT_SIGNAL_HIDES_CHLD /* zombies_are_reaped: "a signal came, so it was no SIGCHLD" */
		look = !(usr || term || quit);
#else
		look = chld || !(usr || term || quit);
#endif
#ifndef MUTANT_NO_LOOK /* asserts is_late: a signal for the rest went to main */
		if
		:: wait_all && (usr || term || quit || chld) ->
			reap_all();
			reaped()
		:: else
		fi;
#endif
		atomic {
			if
			:: usr && !done -> take_signal(USR1)
			:: else
			fi;
			if
			:: quit && !done -> take_signal(QUIT)
			:: else
			fi;
			if
			:: term && !done -> take_signal(TERM)
			:: else
			fi;
			usr = false;
			term = false;
			quit = false;
			chld = false;
			is_late = false;
			reap_empty = false
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
	life[me] = ZOMBIE;
	if
	:: me == MAIN -> main_status = status
	:: else
	fi;
	if
	:: me < 2 && life[me + 1] != UNBORN && parent[me + 1] == me ->
		parent[me + 1] = INIT;
		pending_chld = pending_chld || life[me + 1] == ZOMBIE
	:: else
	fi;
	pending_chld = pending_chld || parent[me] == INIT;
	cause = cause || pending_chld
}

proctype process(byte me)
{
end_unborn:
	life[me] == ALIVE;
end_alive:
	do
	:: atomic { !done && got_kill[me] && !stuck[me] -> end_of(me, STATUS_KILL) }; break
	:: atomic { !done && !got_kill[me] -> end_of(me, STATUS_EXIT) }; break
	:: atomic { may_fork(me) && !got_kill[me] && life[me + 1] == UNBORN ->
		life[me + 1] = ALIVE;
		if
		:: parent[me + 1] = me
		:: skip /* a daemon: forked twice, an orphan from the start */
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
		late = late || (wait_all && state == RUNNING && life[MAIN] == ZOMBIE)
	:: else ->
		/* Lost, as PID 1. That is nobody's fault only while there is no main. */
		owed = owed || life[MAIN] == ALIVE
	fi
}

/* Whoever sends init signals, or does not. */
proctype sender()
{
	bool usr, term, quit, forged; /* each of them once */

end_sender:
	do
	:: atomic { !usr && !done -> usr = true; accept_signal(pending_usr) }
	:: atomic { !term && !done -> term = true; asked = blocked; accept_signal(pending_term) }
	/* Only -P tells QUIT and TERM apart. */
	:: atomic { pause && !quit && !done -> quit = true; accept_signal(pending_quit) }
	:: atomic { !forged && blocked && !done -> forged = true; pending_chld = true; cause = true }
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
		if
		:: pause = true;
		   life[1] = ALIVE; /* a container's process, come to the pause process */
		   choose(grace)
		:: choose(kill_after); choose(wait_all)
		fi;
		run process(MAIN);
		run process(1);
		run process(2);
		run sender();
		run clock();
		run supervise()
	}
}
