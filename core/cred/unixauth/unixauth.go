// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package unixauth checks names and passwords of the system's own accounts, by the system's own program.
//
// # Typical use
//
//	cred.Register(portal, &unixauth.Checker{})
//
// The work is done by unix_chkpwd, which comes with Linux-PAM (Debian: libpam-modules-bin) and reads /etc/shadow with the system's libcrypt: every kind of hash that
// the system takes is taken here, and no cryptography is repeated. The password goes to its standard input. A process of root may check everybody; another one only
// its own user.
//
// # Limits
//
// Each check is a process: a bounded number at a time, with a bounded queue (cred.Workers), and killed after a time. A refusal is reported only after a whole number of
// Checker.Floor, so that it takes as long for a user who does not exist.
//
// # Concurrency
//
// A Checker serves any number of loops. RequestAvatarID is loop only.
//
// Not supported: PAM's other modules and the ageing of passwords; accounts whose name does not look like one.
//
// Twisted: plugins.cred_unix.UNIXChecker.
package unixauth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// The defaults of [Checker].
const (
	DefaultTimeout = 10 * time.Second
	DefaultFloor   = 500 * time.Millisecond
)

// ErrUnavailable is matched when there is no helper program on this system.
var ErrUnavailable = errors.New("unixauth: no unix_chkpwd on this system (Debian: apt-get install libpam-modules-bin)")

// A Checker checks cred.UsernamePassword against the system's accounts. The zero Checker is ready to use; it must not be copied. Its fields are immutable after the
// first use.
type Checker struct {
	// Helper is the path of unix_chkpwd. "" means where systems have it.
	Helper string
	// Timeout is how long a check may take. 0 means DefaultTimeout.
	Timeout time.Duration
	// Floor is the unit of time of refusals. 0 means DefaultFloor, negative none.
	Floor time.Duration
	// Workers run the helper. nil means some of its own.
	Workers *cred.Workers

	own cred.Workers
}

func (c *Checker) helper() (string, error) {
	if c.Helper != "" {
		return c.Helper, nil
	}
	for _, path := range []string{"/usr/sbin/unix_chkpwd", "/sbin/unix_chkpwd", "/usr/bin/unix_chkpwd"} {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", ErrUnavailable
}

// Available returns nil, or why no check can succeed. It looks for the helper.
func (c *Checker) Available() error {
	_, err := c.helper()
	return err
}

// RequestAvatarID checks the password. Loop only.
func (c *Checker) RequestAvatarID(loop protocol.Loop, creds cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
	w := c.Workers
	if w == nil {
		w = &c.own
	}
	began := loop.Now()
	d := cred.Run(w, loop, func() (cred.AvatarID, error) {
		if err := c.check(creds.Username, creds.Password); err != nil {
			return cred.AvatarID{}, err
		}
		return cred.AvatarID{Name: creds.Username}, nil
	})
	return d.AddBothD(func(id cred.AvatarID, err error) *deferred.Deferred[cred.AvatarID] {
		if err == nil {
			return deferred.SucceedOn(loop, id)
		}
		return c.refuse(loop, loop.Now().Sub(began), err)
	})
}

// refuse returns err when the time that has passed is a whole number of floors.
func (c *Checker) refuse(loop protocol.Loop, passed time.Duration, err error) *deferred.Deferred[cred.AvatarID] {
	floor := c.Floor
	if floor == 0 {
		floor = DefaultFloor
	}
	if floor < 0 || !errors.Is(err, cred.ErrUnauthorizedLogin) {
		return deferred.FailOn[cred.AvatarID](loop, err)
	}
	var later protocol.DelayedCall
	d := deferred.NewCancellable(loop, func(*deferred.Deferred[cred.AvatarID]) { _ = later.Cancel() }) // it is pending: the Deferred has not fired
	later = loop.CallLater(floor-passed%floor, func() { _ = d.Errback(err) })
	return d
}

// isName reports whether s may be the name of an account, and can't be taken for an option.
func isName(s string) bool {
	return s != "" && len(s) <= 64 && s[0] != '-' && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-$", r))
	})
}

// maxPassword is that of Linux-PAM.
const maxPassword = 512

// check runs the helper.
func (c *Checker) check(name, password string) error {
	helper, err := c.helper()
	if err != nil {
		return err
	}
	if !isName(name) || password == "" || len(password) > maxPassword || strings.IndexByte(password, 0) >= 0 {
		return cred.ErrUnauthorizedLogin
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), timeout, fmt.Errorf("took longer than %v", timeout))
	defer cancel()
	cmd := exec.CommandContext(ctx, helper, name, "nonull")
	cmd.Stdin = bytes.NewReader(append([]byte(password), 0))
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	exit := (*exec.ExitError)(nil)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("unixauth: %s: %w", helper, context.Cause(ctx))
	case errors.As(err, &exit) && exit.Exited():
		return fmt.Errorf("%w: unixauth: %s says %d", cred.ErrUnauthorizedLogin, helper, exit.ExitCode()) // PAM_AUTH_ERR, PAM_USER_UNKNOWN, ...
	}
	return fmt.Errorf("unixauth: %s: %w", helper, err)
}
