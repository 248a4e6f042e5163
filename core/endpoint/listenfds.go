// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package endpoint

import (
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/torsion-go/torsion/core/protocol"
)

// firstFD is the number of the first inherited descriptor (SD_LISTEN_FDS_START).
const firstFD = 3

// maxFDs bounds LISTEN_FDS.
const maxFDs = 1 << 16

// An Environment is where the description of inherited descriptors is read from.
type Environment interface {
	LookupEnv(key string) (string, bool)
	Unsetenv(key string) error
}

// ListenFDs are the descriptors that this process inherited from systemd, or from another program with the same protocol (sd_listen_fds(3)). Each can be taken once. It
// is safe from any goroutine. Twisted: python.systemd.ListenFDs.
type ListenFDs struct {
	names []string // by index; "" where unnamed

	mu    sync.Mutex
	taken map[int]bool // by descriptor
}

// NewListenFDs returns the descriptors from 3 on, as many as there are names.
func NewListenFDs(names ...string) *ListenFDs {
	return &ListenFDs{names: names, taken: map[int]bool{}}
}

// ParseListenFDs reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES. There are none unless LISTEN_PID is pid and LISTEN_FDS is a number; LISTEN_PID and LISTEN_FDS are removed
// then, LISTEN_FDNAMES stays. Names that are missing are empty, and those for which there is no descriptor are ignored.
func ParseListenFDs(env Environment, pid int) *ListenFDs {
	who, _ := env.LookupEnv("LISTEN_PID")
	if n, err := strconv.Atoi(who); err != nil || n != pid {
		return NewListenFDs()
	}
	count, _ := env.LookupEnv("LISTEN_FDS")
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > maxFDs {
		return NewListenFDs()
	}
	env.Unsetenv("LISTEN_PID")
	env.Unsetenv("LISTEN_FDS")
	names := make([]string, n)
	if list, ok := env.LookupEnv("LISTEN_FDNAMES"); ok {
		copy(names, strings.Split(list, ":"))
	}
	return NewListenFDs(names...)
}

type processEnvironment struct{}

func (processEnvironment) LookupEnv(key string) (string, bool) { return os.LookupEnv(key) }
func (processEnvironment) Unsetenv(key string) error           { return os.Unsetenv(key) }

// ProcessListenFDs returns those of this process. The environment is read and changed by the first call; the descriptors are then marked not to be passed on to
// children.
var ProcessListenFDs = sync.OnceValue(func() *ListenFDs {
	l := ParseListenFDs(processEnvironment{}, os.Getpid())
	for _, fd := range l.FDs() {
		closeOnExec(fd)
	}
	return l
})

// FDs returns the descriptors.
func (l *ListenFDs) FDs() []int {
	out := make([]int, len(l.names))
	for i := range out {
		out[i] = firstFD + i
	}
	return out
}

// Name returns the name of the descriptor with the given index, "" if it has none.
func (l *ListenFDs) Name(index int) string {
	if index < 0 || index >= len(l.names) {
		return ""
	}
	return l.names[index]
}

// index returns the descriptor with the given index.
func (l *ListenFDs) index(i int) (fd int, ok bool) {
	return firstFD + i, i >= 0 && i < len(l.names)
}

// named returns the first descriptor with the given name.
func (l *ListenFDs) named(name string) (fd int, ok bool) {
	for i, n := range l.names {
		if n == name {
			return firstFD + i, true
		}
	}
	return 0, false
}

// Taken reports whether an endpoint has taken the descriptor, so that its number may be something else's by now.
func (l *ListenFDs) Taken(fd int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken[fd]
}

// take marks fd as used. The number may belong to something else afterwards, so it is given out once.
func (l *ListenFDs) take(fd int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken[fd] {
		return protocol.ErrAlreadyListened
	}
	l.taken[fd] = true
	return nil
}
