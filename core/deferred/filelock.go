// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package deferred

import (
	"errors"
	"time"

	"github.com/torsion-go/torsion/core/lockfile"
	"github.com/torsion-go/torsion/core/protocol"
)

// ErrAlreadyTryingToLock is the result of a second [FilesystemLock.Acquire] while the first one waits. Twisted: AlreadyTryingToLockError.
var ErrAlreadyTryingToLock = errors.New("deferred: already trying to take the lock file")

// lockInterval is the time between attempts.
const lockInterval = time.Second

// A FilesystemLock is a lock between processes: a [lockfile.Lock] that can be waited for. The lock of a process that has died is broken. Each attempt is a few
// system calls on a local file, made on the loop. Loop only. Twisted: DeferredFilesystemLock.
type FilesystemLock struct {
	loop protocol.Loop
	file *lockfile.Lock
	call protocol.DelayedCall // the next attempt; nil when nobody waits
}

// NewFilesystemLock returns a lock on the file of the given name, not taken.
func NewFilesystemLock(loop protocol.Loop, name string) *FilesystemLock {
	return &FilesystemLock{loop: loop, file: lockfile.New(name)}
}

// Acquire tries to take the lock now and then every second, and fires when it is taken. After timeout, or when cancelled, it tries once more and then fails with
// [*TimeoutError] or [ErrCancelled]. A timeout of 0 or less waits for ever. An error of the file system ends the wait. Twisted: deferUntilLocked.
func (l *FilesystemLock) Acquire(timeout time.Duration) *Deferred[struct{}] {
	if l.call != nil {
		return FailOn[struct{}](l.loop, ErrAlreadyTryingToLock)
	}
	var limit protocol.DelayedCall
	var d *Deferred[struct{}]
	// try fires d if an attempt decides, and with reason, if given, in any case.
	try := func(reason error) {
		ok, err := l.file.Lock()
		if !ok && err == nil {
			err = reason
		}
		if !ok && err == nil {
			l.call.Rearm(lockInterval)
			return
		}
		if l.call != nil {
			l.call.Cancel()
			l.call = nil
		}
		if limit != nil {
			limit.Cancel()
		}
		d.resolve(struct{}{}, err)
	}
	d = NewCancellable(l.loop, func(*Deferred[struct{}]) { try(ErrCancelled) })
	if ok, err := l.file.Lock(); ok || err != nil {
		d.resolve(struct{}{}, err)
		return d
	}
	l.call = l.loop.CallLater(lockInterval, func() { try(nil) })
	if timeout > 0 {
		limit = l.loop.CallLater(timeout, func() { try(&TimeoutError{After: timeout}) })
	}
	return d
}

// Release gives the lock up; see [lockfile.Lock.Unlock].
func (l *FilesystemLock) Release() error { return l.file.Unlock() }

// Locked reports whether this FilesystemLock holds the lock.
func (l *FilesystemLock) Locked() bool { return l.file.Locked() }

// Clean reports whether the lock was taken without breaking that of a dead process.
func (l *FilesystemLock) Clean() bool { return l.file.Clean() }
