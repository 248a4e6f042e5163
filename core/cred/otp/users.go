// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package otp

import (
	"crypto/subtle"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// DefaultWindow is how many periods before and after the present one a code may be from.
const DefaultWindow = 1

// Users holds the keys of users, and which codes they have used: no code works twice, nor one older than the last used. The zero Users has none. Its fields are immutable
// after the first use.
type Users struct {
	// Window is how many periods the device's clock may be off. 0 means DefaultWindow, negative none.
	Window int
	// Now tells the time. nil means time.Now.
	Now func() time.Time
	// Used is called when a user has used up the code of a period, whose number is to be kept for [Users.Restore]. It neither blocks nor calls Users. nil keeps
	// nothing: after a restart a code then works once more in its time.
	Used func(name string, period uint64)

	mu    sync.Mutex
	users map[string]*enrolled // guarded by mu
}

type enrolled struct {
	key  Key
	next uint64 // the first step whose code has not been used
}

// Set gives a user a key, in the place of a former one. If that is the same, its used codes stay used. It fails for a malformed key.
func (u *Users) Set(name string, k Key) error { return u.set(name, k, 0) }

// Restore is Set for a key with which codes were used before the program started: those of the given period, see Users.Used, and older ones work no longer.
func (u *Users) Restore(name string, k Key, used uint64) error {
	return u.set(name, k, used+1)
}

func (u *Users) set(name string, k Key, next uint64) error {
	if err := k.valid(); err != nil {
		return err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.users == nil {
		u.users = map[string]*enrolled{}
	}
	if old := u.users[name]; old != nil && subtle.ConstantTimeCompare(old.key.Secret, k.Secret) == 1 && old.key.withDefaults().Period == k.withDefaults().Period {
		next = max(next, old.next)
	}
	k.Secret = slices.Clone(k.Secret)
	u.users[name] = &enrolled{key: k, next: next}
	return nil
}

// Remove takes a user's key away; codes of that user no longer work.
func (u *Users) Remove(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.users, name)
}

// Verify reports whether code is a present one of the user's, and uses it up. A user without a key has none.
func (u *Users) Verify(name, code string) bool {
	now := time.Now
	if u.Now != nil {
		now = u.Now
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	e := u.users[name]
	if e == nil {
		return false
	}
	window := uint64(max(u.Window, 0))
	if u.Window == 0 {
		window = DefaultWindow
	}
	present := e.key.step(now())
	ok := false
	for step := present - min(window, present); step <= present+window; step++ {
		// All are compared, whichever it is.
		if subtle.ConstantTimeCompare([]byte(e.key.HOTP(step)), []byte(code)) == 1 && step >= e.next {
			e.next = step + 1
			ok = true
			if u.Used != nil {
				u.Used(name, step)
			}
		}
	}
	return ok
}

// NewChecker returns a checker for cred.SecondFactor: first checks the credentials in it, then the code has to be one of the user whom first found. A wrong code and
// a wrong password are the same error, and a wrong password does not use up the code. It panics if an argument is nil.
func NewChecker[C cred.Credentials](first cred.Checker[C], users *Users) cred.Checker[cred.SecondFactor] {
	if first == nil || users == nil {
		panic("otp: NewChecker without a first checker or without users")
	}
	return cred.CheckerFunc[cred.SecondFactor](func(loop protocol.Loop, creds cred.SecondFactor) *deferred.Deferred[cred.AvatarID] {
		c, ok := creds.First.(C)
		if !ok {
			return deferred.FailOn[cred.AvatarID](loop, fmt.Errorf("%w: %T as the first factor", cred.ErrUnhandledCredentials, creds.First))
		}
		return first.RequestAvatarID(loop, c).AddCallback(func(id cred.AvatarID) (cred.AvatarID, error) {
			if !users.Verify(id.Name, creds.Code) {
				return cred.AvatarID{}, cred.ErrUnauthorizedLogin
			}
			return id, nil
		})
	})
}
