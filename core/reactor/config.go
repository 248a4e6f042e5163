// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// The errors of a reactor's life.
var (
	// ErrAlreadyRunning is returned by Run, StartRunning, StartHosted, Iterate and Pump while the reactor runs. Twisted: ReactorAlreadyRunning.
	ErrAlreadyRunning = errors.New("reactor: already running")
	// ErrNotRestartable is returned by Run, StartRunning and StartHosted after the reactor was stopped. Twisted: ReactorNotRestartable.
	ErrNotRestartable = errors.New("reactor: cannot run again after a stop")
	// ErrNotRunning is returned by Stop, and by everything that needs a loop that has ended or is about to. Twisted: ReactorNotRunning.
	ErrNotRunning = errors.New("reactor: not running")
	// ErrOtherGoroutine is returned by Iterate, Pump and StartRunning on another goroutine than the one that drove the reactor before, and by Hosted.Finish on another than the host's.
	ErrOtherGoroutine = errors.New("reactor: driven by another goroutine")
	// ErrNotLocked is returned by StartHosted on a goroutine that is not locked to its thread, which a host's has to be.
	ErrNotLocked = errors.New("reactor: StartHosted: the goroutine is not locked to its thread: call runtime.LockOSThread first")
	// ErrStopped is the cause of the loss of a connection that was still there when the reactor stopped.
	ErrStopped = errors.New("the reactor stopped")
)

// Defaults of [Config].
const (
	DefaultThreadPool    = 10
	DefaultShutdownGrace = 5 * time.Second
)

// A Config tells how a reactor is to work. The zero Config is ready to use: one loop over the platform's own poller.
type Config struct {
	// Loops is the number of loops, each with a thread of its own. With 1, which 0 means too, every callback of the reactor runs on one goroutine. LoopsAuto
	// means one for each processor that Go uses. A busy loop keeps one of those: where GOMAXPROCS is not above the number of loops, the thread pool, the garbage
	// collector and all other goroutines wait for them, at debug level that is logged, as a warning when loops spin or are more than GOMAXPROCS. The
	// reactor never changes GOMAXPROCS.
	Loops int
	// PinCPUs ties the thread of each loop to one processor while Run runs: the first loop to the first that the process was given (by affinity mask, taskset or
	// cpuset), and so on around. It keeps the caches of a busy server warm where nothing else needs the processors; several pinned reactors or
	// processes would crowd on the same ones. Loops driven by Iterate are not pinned, nor is the main loop in a host. On systems other than Linux New fails with errors.ErrUnsupported.
	PinCPUs bool
	// Poller is the name of the poller, one of those that [Pollers] lists. "" means the environment's TORSION_REACTOR, and without it the platform's default.
	// Where io_uring does not work, epoll stands in, and a line at the level of debugging says why. With "poll" a pass costs more the more connections there are,
	// idle ones too. "select" cannot watch descriptors from 1024 on: ConnectTCP and its like fail then, and what a port accepts is closed again, with an error that
	// matches syscall.EMFILE.
	Poller string
	// Logger receives what the reactor has to say. nil means slog.Default(). The loops call it: while its handler blocks, on a full pipe or a slow disk, a
	// loop's connections wait. A program that cannot afford that gives it a handler that queues, with a bound, or drops.
	Logger *slog.Logger
	// MaxBuffered bounds what one connection queues for a peer that does not read, in bytes. 0 means protocol.DefaultMaxBuffered.
	MaxBuffered int
	// MaxConnections bounds the stream connections of the whole reactor: at the bound listening ports stop accepting until one ends. 0 means 80 % of
	// the descriptors that the process may open, or that the poller can watch.
	MaxConnections int
	// ThreadPool bounds the functions of CallInThread that run at a time. 0 means DefaultThreadPool.
	ThreadPool int
	// ShutdownGrace is the time that connections have to send what is queued when the reactor stops. 0 means DefaultShutdownGrace, a negative value none.
	ShutdownGrace time.Duration
	// SpinWait is how long, at most, a loop without work polls before it lets its thread sleep. Waking a thread takes far longer than a poll, so spinning
	// lowers the latency of a few busy connections, at the price of a processor that is never idle. The time adapts itself downwards when spinning
	// finds nothing. 0 means not to spin.
	SpinWait time.Duration
	// Inherited holds the sockets that a predecessor left to this process, which ports take instead of opening their own. nil means none. The package handover
	// makes it.
	Inherited *Inherited
	// InstallSignalHandlers makes SIGINT (unless it is ignored) and SIGTERM stop the reactor while it runs. [Reactor.StoppedBy] tells which it was.
	InstallSignalHandlers bool
	// Debug remembers where each delayed call, port, connector, reader and writer was made: [Loop.Items] tells, and the log when a delayed call panics. It slows
	// CallLater down. Twisted: DelayedCall.debug.
	Debug bool
	// OnControl is called, with the name of the method, before Run, StartRunning, StartHosted, Iterate, Pump, Stop, Crash and Close do their work, on the goroutine that called
	// them. It is for whoever owns the reactor and wants to know who else controls it, as tests do. nil means not to.
	OnControl func(method string)
}

// mostOf returns how many of so many descriptors are for connections by default.
func mostOf(files int) int { return max(files/5*4, 1) }

func (cfg Config) withDefaults() (Config, error) {
	if cfg.Loops == LoopsAuto {
		cfg.Loops = runtime.GOMAXPROCS(0)
	}
	if cfg.Loops < 0 || cfg.MaxBuffered < 0 || cfg.MaxConnections < 0 || cfg.ThreadPool < 0 || cfg.SpinWait < 0 {
		return cfg, errors.New("reactor: Config: a negative number")
	}
	cfg.Loops = max(cfg.Loops, 1)
	if cfg.PinCPUs {
		if _, err := sys.Processors(); err != nil {
			return cfg, fmt.Errorf("reactor: Config.PinCPUs: %w", err)
		}
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.MaxBuffered == 0 {
		cfg.MaxBuffered = protocol.DefaultMaxBuffered
	}
	if cfg.MaxConnections == 0 {
		cfg.MaxConnections = mostOf(sys.MaxFiles())
	}
	if cfg.ThreadPool == 0 {
		cfg.ThreadPool = DefaultThreadPool
	}
	if cfg.ShutdownGrace == 0 {
		cfg.ShutdownGrace = DefaultShutdownGrace
	}
	return cfg, nil
}
