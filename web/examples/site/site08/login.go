// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"net/http"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/guard"
	"github.com/torsion-go/torsion/core/cred/password"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/form"
	"github.com/torsion-go/torsion/web/session"
)

// A login knows the users, and which session is whose.
type login struct {
	users    cred.Checker[cred.UsernamePassword]
	sessions *session.Manager
}

// newLogin lets those in who are in a file of names and hashes of passwords. Who guesses is locked out for a while.
func newLogin(file string) *login {
	users := &cred.FilePasswordDB{Path: file, Cache: true}
	return &login{
		users:    guard.Checker(guard.New(guard.Config{}), users.Hashed(password.Verify)),
		sessions: session.New(session.Config{}),
	}
}

var userKey = session.NewKey[string]("user")

// user returns who has logged in, "" for nobody.
func (l *login) user(r *web.Request) string {
	name, _ := userKey.Get(l.sessions.Peek(r))
	return name
}

func (l *login) logIn(r *web.Request) {
	web.Later(r, form.Parse(r, form.Config{MaxSize: 4096}), func(f *form.Form) {
		checked := l.users.RequestAvatarID(r.Loop(), cred.UsernamePassword{Username: f.Values.Get("name"), Password: f.Values.Get("password")})
		checked.AddErrback(func(err error) (cred.AvatarID, error) {
			if errors.Is(err, cred.ErrUnauthorizedLogin) {
				err = web.Forbidden("Name or password is wrong.")
			}
			return cred.AvatarID{}, err
		})
		web.Later(r, checked, func(id cred.AvatarID) {
			s := l.sessions.Get(r)
			if err := errors.Join(s.Rotate(r), userKey.Set(s, id.Name)); err != nil {
				r.LogError("login", "err", err)
				r.Error(http.StatusInternalServerError, "")
				return
			}
			r.Redirect(http.StatusSeeOther, "/")
		})
	})
}

func (l *login) logOut(r *web.Request) {
	if err := l.sessions.Get(r).Expire(r); err != nil {
		r.LogError("logout", "err", err)
	}
	r.Redirect(http.StatusSeeOther, "/")
}
