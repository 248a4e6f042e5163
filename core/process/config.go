// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package process

import (
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"syscall"

	"github.com/torsion-go/torsion/core/protocol"
)

// Bounds and their defaults.
const (
	// DefaultMaxOutput is the default of Config.MaxOutput: 16 MiB.
	DefaultMaxOutput = 16 << 20
	// MaxDescriptor is the highest number that a child's descriptor may have in Config.Descriptors.
	MaxDescriptor = 255
)

// A Config tells what to start and how. Only Path, or Args, has to be given. It is copied by Spawn.
type Config struct {
	// Path is the program. Without a slash it is looked up in this process's PATH, never in the working directory. "" means Args[0].
	Path string
	// Args are the arguments, of which the first is the name by which the program knows itself. nil means Path alone.
	Args []string
	// Env is the child's whole environment, "NAME=value" each. nil means that of this process, as in os/exec; an empty slice that is not nil means none,
	// which is Twisted's default and keeps this process's secrets from the child.
	Env []string
	// Dir is the working directory. "" means that of this process.
	Dir string
	// User is who the child runs as. nil means as this process does. It takes root's rights. Not on Windows.
	User *User
	// Descriptors are the child's descriptors by their numbers: Read, Write, or Inherit. nil means a pipe each for 0 (Write), 1 and 2 (Read). Those of 0, 1 and
	// 2 that are not named are open on /dev/null; all others are closed in the child. Only 0 to 2 on Windows.
	Descriptors map[int]Descriptor
	// PTY gives the child a terminal of its own as descriptors 0, 1 and 2, in a session of its own; Descriptors must then be nil. What the child writes is
	// read as descriptor 1. Linux, macOS and FreeBSD.
	PTY *PTY
	// ProcessGroup puts the child at the head of a process group of its own, which SignalGroup and Terminate reach as a whole: what it starts belongs to it
	// too. Interrupts from the terminal then pass it by. On Windows it is a job object and a process group of the console: what asks a group to end, SIGTERM
	// and SIGINT, is sent as Ctrl-Break there.
	ProcessGroup bool
	// Session makes a session of its own, and so a process group. Not on Windows.
	Session bool
	// Limits are resource limits that hold for the child from its first instruction on. For that it is started under ptrace, which is let go of before it runs; so a
	// program with the set-user-ID bit doesn't get its owner's rights. Linux only.
	Limits []Limit
	// DeathSignal is sent to the child when this process ends, however that happens. Such a child costs a thread of this process for as long as it lives. 0 means
	// none. Linux, and Windows, where any signal means that a job object ends the child and all that it has started at once.
	DeathSignal syscall.Signal
	// MaxBuffered bounds what one descriptor queues for a child that does not read, in bytes; at the bound the descriptor is closed with
	// protocol.ErrBufferOverflow, unless a push producer writes, which is paused. 0 means protocol.DefaultMaxBuffered.
	MaxBuffered int
	// MaxOutput bounds what Output and OutputAndValue keep of each of standard output and error, in bytes. 0 means DefaultMaxOutput.
	MaxOutput int
	noPidfd   bool // for tests

	// Logger receives what is to be said of panics in callbacks. nil means the reactor's own.
	Logger *slog.Logger
}

// A User is who a child runs as. Without Groups it has no other groups than GID.
type User struct {
	UID, GID uint32
	Groups   []uint32
}

// A Limit is a resource limit, as in setrlimit(2). Resource is one of unix.RLIMIT_NOFILE and so on.
type Limit struct {
	Resource int
	Cur, Max uint64
}

// A PTY describes the terminal of a child.
type PTY struct {
	// Rows and Cols are the size of its window. 0 means 24 and 80.
	Rows, Cols uint16
	// Master and Slave are a terminal that exists already; both or none. Spawn duplicates them: the caller keeps and closes its own. nil means a new one.
	Master, Slave *os.File
}

// A Descriptor tells what one of the child's descriptors is open on.
type Descriptor struct {
	mode byte // 'r', 'w' or 'f'
	file *os.File
}

var (
	// Read is a pipe from the child, which this process reads. Twisted: "r".
	Read = Descriptor{mode: 'r'}
	// Write is a pipe to the child, which this process writes. Twisted: "w".
	Write = Descriptor{mode: 'w'}
)

// Inherit is a file of this process, which the child gets as well. It stays the caller's, and has to be open until the child has started. It
// is put into blocking mode, which is how programs expect their descriptors, for all who share it. Twisted: a number.
func Inherit(f *os.File) Descriptor { return Descriptor{mode: 'f', file: f} }

func stdPipes() map[int]Descriptor { return map[int]Descriptor{0: Write, 1: Read, 2: Read} }

// prepared returns a checked copy with the defaults filled in.
func (c Config) prepared() (*Config, error) {
	if c.Path == "" && len(c.Args) > 0 {
		c.Path = c.Args[0]
	}
	wrong := func(format string, args ...any) error {
		return &StartError{Op: "config", Path: c.Path, Err: fmt.Errorf(format, args...)}
	}
	if c.Path == "" {
		return nil, wrong("no program is named")
	}
	c.Args = slices.Clone(c.Args)
	if len(c.Args) == 0 {
		c.Args = []string{c.Path}
	}
	if c.Env != nil {
		c.Env = append([]string{}, c.Env...)
	}
	if c.PTY != nil {
		if c.Descriptors != nil {
			return nil, wrong("a child with a terminal has no other descriptors")
		}
		pty := *c.PTY
		c.PTY = &pty
		if (pty.Master == nil) != (pty.Slave == nil) {
			return nil, wrong("a terminal that exists has a master and a slave")
		}
	} else if c.Descriptors == nil {
		c.Descriptors = stdPipes()
	} else {
		c.Descriptors = maps.Clone(c.Descriptors)
	}
	for fd, d := range c.Descriptors {
		if fd < 0 || fd > MaxDescriptor {
			return nil, wrong("descriptor %d: not between 0 and %d", fd, MaxDescriptor)
		}
		if d.mode == 0 || d.mode == 'f' && d.file == nil {
			return nil, wrong("descriptor %d is none of Read, Write and Inherit", fd)
		}
	}
	if c.User != nil {
		u := *c.User
		u.Groups = slices.Clone(u.Groups)
		c.User = &u
	}
	c.Limits = slices.Clone(c.Limits)
	if c.MaxBuffered <= 0 {
		c.MaxBuffered = protocol.DefaultMaxBuffered
	}
	if c.MaxOutput <= 0 {
		c.MaxOutput = DefaultMaxOutput
	}
	return &c, nil
}
