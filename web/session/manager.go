// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package session

import (
	"container/list"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/torsion-go/torsion/web"
)

// A Manager finds and makes the sessions of a site, or of several.
type Manager struct {
	config Config
	key    *web.Key[*Session] // what a request has got

	mu      sync.Mutex
	live    map[string]*Session // by name of the cookie and id: all sessions in memory, with a Store those in use
	order   list.List           // of *Session in memory, the least recently used first
	evicted int
}

// New returns a Manager. It panics if both Keys and Store are given.
func New(config Config) *Manager {
	if config.Keys != nil && config.Store != nil {
		panic("session: New: both Keys and Store")
	}
	return &Manager{config: config.withDefaults(), key: web.NewKey[*Session]("session"), live: make(map[string]*Session)}
}

// Len returns how many sessions there are in memory.
func (m *Manager) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.live)
}

// Evicted returns how many sessions had to go because of Config.MaxSessions.
func (m *Manager) Evicted() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.evicted
}

// Get returns the client's session. If it has none that is alive, one is made, and the response sets the cookie: call Get before the header is sent. Each request puts the end off by Config.Idle. With a Store, the resource
// has to be wrapped by Wrap, or Get panics. Twisted: Request.getSession.
func (m *Manager) Get(r *web.Request) *Session {
	s := m.Peek(r)
	if s == nil {
		s = m.create(r)
		m.key.Set(r, s)
	}
	return s
}

// Peek returns the client's session, or nil if it has none that is alive: none is made. It is for pages that only ask who has logged in, so that those who never do take no room. The request counts as a use of the session, as with Get; a [Key]
// finds nothing in nil. With a Store, the resource has to be wrapped by Wrap, or Peek panics.
func (m *Manager) Peek(r *web.Request) *Session {
	s, ok := m.key.Get(r) // nil: there is none, or it has expired in this request
	if !ok {
		if m.config.Store != nil {
			panic("session: the resource is not wrapped by Manager.Wrap")
		}
		s = m.find(r)
		m.key.Set(r, s)
	}
	return s
}

// find returns the session that the request names, nil if there is none. It is for sessions in memory and in cookies.
func (m *Manager) find(r *web.Request) *Session {
	m.vary(r)
	name, id := m.named(r)
	switch {
	case id == "":
		return nil
	case m.config.Keys != nil:
		return m.openCookie(r, name, id)
	}
	now := r.Loop().Now()
	m.mu.Lock()
	s := m.live[name+id]
	if s != nil {
		m.order.MoveToBack(s.place)
	}
	m.mu.Unlock()
	if s == nil {
		return nil
	}
	if !s.alive(now) {
		m.end(s)
		return nil
	}
	s.touch(now)
	return s
}

func (s *Session) touch(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fresh = false; now.After(s.touched) {
		s.touched = now
	}
}

// vary tells caches that the response is this client's.
func (m *Manager) vary(r *web.Request) {
	h := r.ResponseHeader()
	for t := range h.Tokens("Vary") {
		if strings.EqualFold(t, "Cookie") {
			return
		}
	}
	h.Add("Vary", "Cookie")
}

// named returns the name of the request's cookie and its value, "" if there is none.
func (m *Manager) named(r *web.Request) (name, value string) {
	name = m.cookieName(r.Secure())
	value, _ = r.Cookie(name)
	return name, value
}

func (m *Manager) cookieName(secure bool) string {
	if secure {
		return m.config.SecureCookie
	}
	return m.config.Cookie
}

// create makes a session for the client.
func (m *Manager) create(r *web.Request) *Session {
	now := r.Loop().Now()
	s := &Session{m: m, secure: r.Secure(), loop: r.Loop(), created: now, touched: now, dirty: true, fresh: true, values: make(map[string]any)}
	if m.config.Keys != nil {
		s.r = r
		m.giveCookie(r, s) // an empty one fits; if it is too late, Set tells
		return s
	}
	s.id, s.users = newID(), 1
	m.add(s)
	m.giveCookie(r, s)
	return s
}

func newID() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// add makes s known.
func (m *Manager) add(s *Session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live[m.cookieName(s.secure)+s.id] = s
	if m.config.Store != nil {
		return
	}
	s.place = m.order.PushBack(s)
	m.watch(s, min(m.config.Idle, m.config.Lifetime))
	for m.order.Len() > m.config.MaxSessions {
		old := m.order.Front().Value.(*Session)
		m.evicted++
		m.remove(old)
		old.loop.CallFromThread(old.over)
	}
}

// watch has a look at s in d. m.mu is held, on the loop of s.
func (m *Manager) watch(s *Session, d time.Duration) {
	s.timer = s.loop.CallLater(d, func() {
		s.mu.Lock()
		left := s.deadline().Sub(s.loop.Now())
		s.mu.Unlock()
		m.mu.Lock()
		if s.place == nil {
			left = 0
		} else if left > 0 {
			m.watch(s, left)
		} else {
			m.remove(s)
		}
		m.mu.Unlock()
		if left <= 0 {
			s.over()
		}
	})
}

// remove forgets s. m.mu is held.
func (m *Manager) remove(s *Session) {
	s.mu.Lock()
	delete(m.live, m.cookieName(s.secure)+s.id)
	s.mu.Unlock()
	if s.place != nil {
		m.order.Remove(s.place)
		s.place = nil
	}
}

// over tells those who wait for the end. It runs on the loop of s.
func (s *Session) over() {
	s.m.mu.Lock()
	timer := s.timer
	s.m.mu.Unlock()
	if timer != nil && timer.Active() {
		timer.Cancel()
	}
	s.mu.Lock()
	s.expired = true
	notify := s.notify
	s.notify = nil
	s.mu.Unlock()
	for _, f := range notify {
		f()
	}
}

// end is the end of s on any loop.
func (m *Manager) end(s *Session) {
	s.mu.Lock()
	s.expired = true
	s.mu.Unlock()
	m.mu.Lock()
	m.remove(s)
	m.mu.Unlock()
	if s.r == nil {
		s.loop.CallFromThread(s.over)
	}
}

// Expire ends the session and has the client forget it: a logout. Twisted: expire.
func (s *Session) Expire(r *web.Request) error {
	m := s.m
	m.end(s)
	m.key.Set(r, nil) // the next Get makes a new one
	if m.config.Store != nil {
		m.unstore(r.Loop(), m.storeKey(s.secure, s.ID()))
	}
	return m.setCookie(r, &http.Cookie{Name: m.cookieName(s.secure), MaxAge: -1, Secure: s.secure})
}

// Rotate gives the session a new id and has the old one forgotten. Call it at a login and whenever the rights of a session change, so that an id that somebody has planted or seen before is of no use. With
// Config.Keys, where there are no ids, it gives the client a new cookie, and the old one lasts until it expires.
func (s *Session) Rotate(r *web.Request) error {
	if r.HeadSent() {
		return ErrHeadSent
	}
	m := s.m
	if s.r != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		return m.giveCookie(r, s)
	}
	name := m.cookieName(s.secure)
	m.mu.Lock()
	s.mu.Lock()
	old := s.id
	if _, alive := m.live[name+old]; alive {
		delete(m.live, name+old)
		s.id = newID()
		m.live[name+s.id] = s
		s.dirty = true
	}
	s.mu.Unlock()
	m.mu.Unlock()
	if m.config.Store != nil {
		m.unstore(r.Loop(), m.storeKey(s.secure, old))
	}
	return m.giveCookie(r, s)
}
