// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"log/slog"
	"strings"
	"unicode"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/password"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/framing"
	"github.com/torsion-go/torsion/core/protocol"
)

// An account is what users who have logged in act through.
type account struct {
	name  string
	users *userFile
}

// Say changes what the user says.
func (a *account) Say(text string) *deferred.Deferred[struct{}] { return a.users.Set(a.name, text) }

// newPortal lets those in who are in a file of names and hashes of passwords. Without a file it is alice, with the password "secret".
func newPortal(users *userFile, passwords string) *cred.Portal[*account] {
	realm := cred.RealmFunc[*account](func(loop protocol.Loop, id cred.AvatarID, _ any) *deferred.Deferred[cred.Avatar[*account]] {
		return deferred.SucceedOn(loop, cred.Avatar[*account]{Avatar: &account{id.Name, users}, ID: id})
	})
	portal := cred.NewPortal(realm)
	if passwords == "" {
		checker := new(cred.InMemoryUsernamePasswordDatabaseDontUse)
		checker.AddUser("alice", "secret")
		cred.Register(portal, checker)
	} else {
		file := &cred.FilePasswordDB{Path: passwords, Cache: true}
		cred.Register(portal, file.Hashed(password.Verify))
	}
	return portal
}

// A setter is one connection of the protocol by which users change what they say:
//
//	LOGIN name password
//	SET text
//	QUIT
//
// The answers are OK, and ERR with a reason.
type setter struct {
	portal  *cred.Portal[*account]
	login   *deferred.Deferred[cred.Avatar[*account]] // nil unless one is under way
	account *account                                  // nil before the login
	logout  func()
}

func setterFactory(portal *cred.Portal[*account]) protocol.Factory {
	return protocol.ForProtocol(func() *framing.Lines {
		return &framing.Lines{Handler: &setter{portal: portal}, MaxLength: 512}
	})
}

func (s *setter) LineReceived(c *framing.Lines, line []byte) {
	command, rest, _ := strings.Cut(string(line), " ")
	switch {
	case command == "QUIT":
		c.LoseConnection()
	case command == "LOGIN" && s.account == nil:
		name, pass, _ := strings.Cut(rest, " ")
		s.logIn(c, name, pass)
	case command == "SET" && s.account != nil:
		s.set(c, rest)
	default:
		c.SendLineString("ERR try LOGIN name password, then SET text")
	}
}

func (s *setter) logIn(c *framing.Lines, name, pass string) {
	c.Pause() // further lines wait for the end of this
	s.login = s.portal.Login(c.Loop(), cred.UsernamePassword{Username: name, Password: pass}, nil)
	s.login.Done(func(a cred.Avatar[*account], err error) {
		s.login = nil
		if err != nil {
			slog.Warn("login failed", "user", name, "peer", c.RemoteAddr(), "error", err)
			c.SendLineString("ERR login failed")
			c.LoseConnection()
			return
		}
		s.account, s.logout = a.Avatar, a.Logout
		c.SendLineString("OK hello " + s.account.name)
		c.Resume()
	})
}

func (s *setter) set(c *framing.Lines, text string) {
	if strings.ContainsFunc(text, unicode.IsControl) { // it would be a line of the file, or steer a terminal
		c.SendLineString("ERR control character")
		return
	}
	c.Pause()
	s.account.Say(text).Done(func(_ struct{}, err error) {
		if err != nil {
			slog.Error("saving", "error", err)
			c.SendLineString("ERR cannot save it")
		} else {
			c.SendLineString("OK")
		}
		c.Resume()
	})
}

func (s *setter) ConnectionLost(*framing.Lines, error) {
	if s.login != nil {
		s.login.Cancel()
	}
	if s.logout != nil {
		s.logout()
	}
}
