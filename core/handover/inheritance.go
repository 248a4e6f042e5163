// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package handover

import (
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/reactor"
)

// An Inheritance is what this process has from its predecessor. nil stands for a process without one, and all methods can be called on it.
type Inheritance struct {
	predecessor int
	sockets     *reactor.Inherited
	ready       int // the pipe
	told        atomic.Bool

	mu    sync.Mutex
	files map[string]int // guarded by mu: those that nobody has taken
}

// Inherited returns what this process inherits, nil when it was not started by an [Upgrader]. The first call reads the environment, takes what concerns it out, and marks
// the descriptors to be closed on exec; it belongs at the start of main, before endpoints are made. An error means that the environment and the
// descriptors do not fit.
func Inherited() (*Inheritance, error) { return inherited() }

var inherited = sync.OnceValues(func() (*Inheritance, error) {
	text, ok := os.LookupEnv(EnvHandover)
	if !ok {
		return nil, nil
	}
	os.Unsetenv(EnvHandover)
	w, err := parseWill(text, os.Getppid(), orphaned)
	if w == nil || err != nil {
		return nil, err
	}
	return w.accept()
})

func (w *will) accept() (*Inheritance, error) {
	if err := keepPipe(w.Ready); err != nil {
		return nil, fmt.Errorf("handover: descriptor %d: %w", w.Ready, err)
	}
	var sockets []reactor.Socket
	for _, s := range w.Sockets {
		if err := keepSocket(s.FD, s.Network); err != nil {
			return nil, fmt.Errorf("handover: descriptor %d for %s %q: %w", s.FD, s.Network, s.Address, err)
		}
		sockets = append(sockets, reactor.Socket{Network: s.Network, Address: string(s.Address), Port: s.Port, FD: s.FD})
	}
	for name, fd := range w.Files {
		if err := keepFile(fd); err != nil {
			return nil, fmt.Errorf("handover: descriptor %d for %q: %w", fd, name, err)
		}
	}
	if n := len(w.ListenFDs); n > 0 { // as systemd would have said it
		os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
		os.Setenv("LISTEN_FDS", strconv.Itoa(n))
		os.Setenv("LISTEN_FDNAMES", strings.Join(w.ListenFDs, ":"))
		endpoint.ProcessListenFDs()
		os.Unsetenv("LISTEN_FDNAMES")
	}
	if _, ok := os.LookupEnv("WATCHDOG_USEC"); ok { // the watchdog is for this process, not for its children
		os.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	}
	return &Inheritance{predecessor: w.Predecessor, sockets: reactor.NewInherited(sockets), ready: w.Ready, files: w.Files}, nil
}

// Sockets returns the set for reactor.Config.Inherited.
func (i *Inheritance) Sockets() *reactor.Inherited {
	if i == nil {
		return nil
	}
	return i.sockets
}

// Predecessor returns the number of the predecessor's process, 0 without one.
func (i *Inheritance) Predecessor() int {
	if i == nil {
		return 0
	}
	return i.predecessor
}

// File returns the descriptor that the predecessor passes on under that name, once; false if there is none. Its owner is the caller.
func (i *Inheritance) File(name string) (fd int, ok bool) {
	if i == nil {
		return 0, false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	fd, ok = i.files[name]
	delete(i.files, name)
	return fd, ok
}

// Fail tells the predecessor, which goes on, why this process cannot take over and is about to end. After Ready, or Fail, it does nothing. Without it the predecessor learns only that the
// process ended.
func (i *Inheritance) Fail(err error) {
	if i == nil || i.told.Swap(true) {
		return
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	_ = tell(i.ready, failMessage+text[:min(len(text), maxReason)]+"\n") // it may be gone
}

// Ready begins to accept, and tells the predecessor to finish. It is called when everything has started; a second time it does nothing. Sockets that nobody listens on
// are closed, and a warning about each goes to log; nil means slog.Default(). An error means that the predecessor has gone: this process serves all the same.
func (i *Inheritance) Ready(log *slog.Logger) error {
	if i == nil || i.told.Swap(true) {
		return nil
	}
	if log == nil {
		log = slog.Default()
	}
	for _, s := range i.sockets.Ready() {
		log.Warn("handover: nobody listens on an inherited socket: closed", "network", s.Network, "addr", s.Address)
	}
	i.mu.Lock()
	for name, fd := range i.files {
		closeFile(fd)
		delete(i.files, name)
	}
	i.mu.Unlock()
	if err := tell(i.ready, readyMessage); err != nil {
		return fmt.Errorf("handover: tell the predecessor: %w", err)
	}
	return nil
}

// pending reports whether the predecessor waits for this process.
func (i *Inheritance) pending() bool { return i != nil && !i.told.Load() }
