// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build unix

package privilege

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Switch makes the process run as id for good: groups, then group, then user. It makes sure that a process that is not root any more cannot become it again. After an
// error the process may have changed half way and should end. Twisted: switchUID.
func (id Identity) Switch() error {
	if id.IsZero() {
		return nil
	}
	if err := id.setGroups(); err != nil {
		return err
	}
	if id.GID >= 0 {
		if err := syscall.Setgid(id.GID); err != nil {
			return fmt.Errorf("privilege: cannot change to group %d: %w", id.GID, err)
		}
	}
	if id.UID < 0 {
		return nil
	}
	if err := syscall.Setuid(id.UID); err != nil {
		return fmt.Errorf("privilege: cannot change to user %d: %w", id.UID, err)
	}
	if id.UID != 0 && syscall.Setuid(0) == nil {
		return errors.New("privilege: root could be had back: the process has rights that Switch does not take")
	}
	return nil
}

// SwitchEffective makes the process act as id while it keeps the real user, so that restore can take it back, and so could an intruder. Twisted: switchUID(euid=True).
func (id Identity) SwitchEffective() (restore func() error, err error) {
	if id.IsZero() {
		return func() error { return nil }, nil
	}
	groups, err := syscall.Getgroups()
	if err != nil {
		return nil, fmt.Errorf("privilege: the groups: %w", err)
	}
	former := Identity{UID: os.Geteuid(), GID: os.Getegid(), Groups: groups}
	if err := id.setGroups(); err != nil {
		return nil, err
	}
	back := func() error {
		// The user first: only it may change the others.
		if err := seteuid(former.UID); err != nil {
			return fmt.Errorf("privilege: cannot act as user %d again: %w", former.UID, err)
		}
		if err := setegid(former.GID); err != nil {
			return fmt.Errorf("privilege: cannot act as group %d again: %w", former.GID, err)
		}
		return former.setGroups()
	}
	if id.GID >= 0 {
		if err := setegid(id.GID); err != nil {
			return nil, errors.Join(fmt.Errorf("privilege: cannot act as group %d: %w", id.GID, err), back())
		}
	}
	if id.UID >= 0 {
		if err := seteuid(id.UID); err != nil {
			return nil, errors.Join(fmt.Errorf("privilege: cannot act as user %d: %w", id.UID, err), back())
		}
	}
	return back, nil
}

// setGroups changes the supplementary groups. A process that has no right to may go on if it would only lose some that it has not.
func (id Identity) setGroups() error {
	if err := syscall.Setgroups(id.Groups); err != nil {
		if have, e := syscall.Getgroups(); e == nil && within(have, id.Groups) {
			return nil
		}
		return fmt.Errorf("privilege: cannot change to groups %v: %w", id.Groups, err)
	}
	return nil
}

// within reports whether every group of a is in b.
func within(a, b []int) bool {
	for _, g := range a {
		found := false
		for _, h := range b {
			found = found || g == h
		}
		if !found {
			return false
		}
	}
	return true
}

func seteuid(uid int) error { return syscall.Setreuid(-1, uid) }
func setegid(gid int) error { return syscall.Setregid(-1, gid) }

// RunAsEffective calls f while the process acts as another user and group, all of its goroutines with it. f isn't called if that fails. A failure to come back is
// returned with f's own. Twisted: runAsEffectiveUser.
func RunAsEffective(uid, gid int, f func() error) (err error) {
	if uid == os.Geteuid() && gid == os.Getegid() {
		return f()
	}
	if os.Geteuid() != 0 { // acts as somebody and may come back from root only
		euid := os.Geteuid()
		if err := seteuid(0); err != nil {
			return fmt.Errorf("privilege: cannot act as root: %w", err)
		}
		defer func() { err = errors.Join(err, seteuid(euid)) }()
	}
	restore, err := Identity{UID: uid, GID: gid, Groups: []int{gid}}.SwitchEffective()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, restore()) }()
	return f()
}
