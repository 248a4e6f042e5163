// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd

import (
	"errors"
	"fmt"
	"io/fs"
)

// Bounds of the files.
const (
	// MaxFile is how long a configuration and a file of services may be, in bytes.
	MaxFile = 1 << 20
	// MaxEntries is how many services a configuration may have.
	MaxEntries = 1024
	// MaxArgs is how many arguments a program may have, its name included.
	MaxArgs = 64
)

// An Entry is one service of a configuration, as it is written there.
type Entry struct {
	// Line is where it begins, from 1.
	Line int
	// Host is the address to listen on, "" for all.
	Host string
	// Service is a name or a number; for a UNIX socket its path.
	Service string
	// Datagram tells dgram from stream.
	Datagram bool
	// Network is tcp, tcp4, tcp6, udp, udp4, udp6 or unix. tcp and udp are both versions of IP. With Skipped it is what is written.
	Network string
	// Wait hands the socket itself to one program, and waits for its end, instead of a connection each to many.
	Wait bool
	// Rate is how many may start in a minute, 0 for the default: nowait.RATE.
	Rate int
	// MaxChildren is how many may run at a time, 0 for the default: nowait/NUMBER.
	MaxChildren int
	// User and Group are who the program runs as, by name or number; Group is "" for the user's own. With a dot instead of a colon both stand in User: names may
	// have dots, so that it takes the lists of users and groups to tell them apart.
	User, Group string
	// Internal tells that there is no program: the service is one of those built in.
	Internal bool
	// Program is a path, and Args are its arguments, the first of which is its name for itself. Of an internal service Args[0], if there is one, tells which.
	Program string
	Args    []string
	// Owner, OwnerGroup and Mode are those of a UNIX socket; "" means User and Group.
	Owner, OwnerGroup string
	Mode              fs.FileMode
	// Skipped tells why the entry is not served though nothing is wrong with it; "" for others. That is so with RPC services.
	Skipped string
}

// DefaultSocketMode is the permission of a UNIX socket whose entry tells none.
const DefaultSocketMode fs.FileMode = 0o600

// A LineError tells which line of a file is wrong.
type LineError struct {
	File string // "" where it is not known
	Line int    // from 1
	Err  error
}

// Error returns "inetd: FILE, line N: cause".
func (e *LineError) Error() string {
	if e.File == "" {
		return fmt.Sprintf("inetd: line %d: %v", e.Line, e.Err)
	}
	return fmt.Sprintf("inetd: %s, line %d: %v", e.File, e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

// inFile names the file in the errors of lines.
func inFile(err error, name string) error {
	if err == nil {
		return nil
	}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		named := make([]error, 0, len(all.Unwrap()))
		for _, err := range all.Unwrap() {
			named = append(named, inFile(err, name))
		}
		return errors.Join(named...)
	}
	var l *LineError
	if errors.As(err, &l) {
		return &LineError{name, l.Line, l.Err}
	}
	return fmt.Errorf("inetd: %s: %w", name, err)
}
