// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sdnotify

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// A Notifier sends the state of the service to its manager. The zero Notifier sends nothing.
type Notifier struct {
	path     string        // of the manager's socket; "" sends nothing
	watchdog time.Duration // 0 for none
}

// New returns the Notifier that the environment asks for, which lookup reads: NOTIFY_SOCKET, and WATCHDOG_USEC if WATCHDOG_PID is missing or this process. The
// environment is left alone: children that must not notify are started without NOTIFY_SOCKET.
func New(lookup func(key string) (string, bool)) *Notifier {
	n := &Notifier{}
	n.path, _ = lookup("NOTIFY_SOCKET")
	usec, _ := lookup("WATCHDOG_USEC")
	if pid, ok := lookup("WATCHDOG_PID"); ok && pid != strconv.Itoa(os.Getpid()) {
		return n
	}
	if v, err := strconv.ParseInt(usec, 10, 64); err == nil && v > 0 && v <= int64(maxWatchdog/time.Microsecond) {
		n.watchdog = time.Duration(v) * time.Microsecond
	}
	return n
}

// maxWatchdog bounds WATCHDOG_USEC, so that no sum overflows.
const maxWatchdog = 365 * 24 * time.Hour

// Enabled reports whether there is a manager to tell.
func (n *Notifier) Enabled() bool { return n.path != "" }

// Notify sends assignments, such as "STATUS=half way", in one message. Without a manager it does nothing. An assignment with a line break is refused: it would be
// two.
func (n *Notifier) Notify(assignments ...string) error { return n.send(nil, assignments) }

func (n *Notifier) send(fds []int, assignments []string) error {
	if n.path == "" {
		return nil
	}
	for _, a := range assignments {
		if strings.ContainsRune(a, '\n') {
			return errors.New("sdnotify: an assignment has a line break")
		}
	}
	if err := sendTo(n.path, []byte(strings.Join(assignments, "\n")), fds); err != nil {
		return fmt.Errorf("sdnotify: notify %q: %w", n.path, err)
	}
	return nil
}

// Ready tells that the service has started, or has finished a reload.
func (n *Notifier) Ready() error { return n.Notify("READY=1") }

// Reloading tells that the service reads its configuration again. Ready has to follow.
func (n *Notifier) Reloading() error {
	usec, err := monotonic()
	if err != nil {
		return fmt.Errorf("sdnotify: read the monotonic clock: %w", err)
	}
	return n.Notify("RELOADING=1", "MONOTONIC_USEC="+strconv.FormatInt(usec, 10))
}

// Stopping tells that the service is about to end.
func (n *Notifier) Stopping() error { return n.Notify("STOPPING=1") }

// Status sends one line for people, which systemctl status shows.
func (n *Notifier) Status(line string) error { return n.Notify("STATUS=" + line) }

// MainPID tells which process is the service's main one from now on; see the package's notes on hot restart.
func (n *Notifier) MainPID(pid int) error { return n.Notify("MAINPID=" + strconv.Itoa(pid)) }

// ExtendTimeout asks for at least d more, from now on, for the start, reload or stop that is under way.
func (n *Notifier) ExtendTimeout(d time.Duration) error {
	return n.Notify("EXTEND_TIMEOUT_USEC=" + strconv.FormatInt(max(d.Microseconds(), 0), 10))
}

// StoreFDs gives the manager duplicates of descriptors, which a restarted service finds by that name among its LISTEN_FDS. The unit needs
// FileDescriptorStoreMax=. The name may not have a colon or a line break.
func (n *Notifier) StoreFDs(name string, fds ...int) error {
	if name == "" || strings.ContainsAny(name, ":\n") {
		return fmt.Errorf("sdnotify: not a name for descriptors: %q", name)
	}
	return n.send(fds, []string{"FDSTORE=1", "FDNAME=" + name})
}

// RemoveFDs takes the descriptors of that name back out of the manager's store.
func (n *Notifier) RemoveFDs(name string) error {
	return n.Notify("FDSTOREREMOVE=1", "FDNAME="+name)
}
