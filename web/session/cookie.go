// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package session

import (
	"net/http"
	"strings"

	"github.com/torsion-go/torsion/web"
)

// cookieRoom is how large a cookie with its name may be; browsers take no more.
const cookieRoom = 4096

// giveCookie has the response set the session's cookie. With Keys, s.mu is held unless s is new.
func (m *Manager) giveCookie(r *web.Request, s *Session) error {
	c := &http.Cookie{Name: m.cookieName(s.secure), Secure: s.secure}
	if m.config.Keys == nil {
		c.Value = s.ID()
	} else {
		b, err := s.encode()
		if err != nil {
			return err
		}
		c.Value = m.config.Keys.Encrypt(c.Name, string(b), r.Loop().Now())
		if len(c.Name)+len(c.Value) > cookieRoom {
			return ErrTooLarge
		}
		s.saved = s.touched
	}
	return m.setCookie(r, c)
}

// setCookie has the response set c in place of an earlier one with its name.
func (m *Manager) setCookie(r *web.Request, c *http.Cookie) error {
	if r.HeadSent() {
		return ErrHeadSent
	}
	c.Path, c.HttpOnly, c.SameSite = m.config.Path, true, m.config.SameSite
	h := r.ResponseHeader()
	var others []string
	for v := range h.Values("Set-Cookie") {
		if !strings.HasPrefix(v, c.Name+"=") {
			others = append(others, v)
		}
	}
	h.Del("Set-Cookie")
	for _, v := range others {
		h.Add("Set-Cookie", v)
	}
	if !h.Has("Cache-Control") {
		h.Set("Cache-Control", "no-cache=\"Set-Cookie\"") // shared caches must not hand the cookie to others
	}
	return r.SetCookie(c)
}

// openCookie returns the session in a cookie, nil if that is not valid any more.
func (m *Manager) openCookie(r *web.Request, name, text string) *Session {
	now := r.Loop().Now()
	plain, err := m.config.Keys.Decrypt(name, text, now, m.config.Idle)
	if err != nil {
		return nil
	}
	s := &Session{m: m, secure: r.Secure(), loop: r.Loop(), r: r, values: make(map[string]any)}
	if s.decode([]byte(plain)) != nil || !s.alive(now) {
		return nil
	}
	if s.touched = now; now.Sub(s.saved) > m.config.Idle/10 {
		s.mu.Lock()
		m.giveCookie(r, s) // if it is too late, the client keeps the one it has
		s.mu.Unlock()
	}
	return s
}
