// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package session

import (
	"container/list"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// ErrTooLarge is returned by Set for a session that exceeds Config.MaxSize, or does not fit in a cookie. The value was not set.
var ErrTooLarge = errors.New("session: too large")

// ErrHeadSent is returned when a cookie would have to be set and the response's header is on its way already.
var ErrHeadSent = errors.New("session: the header of the response was sent")

// A Session holds what is remembered of a client.
type Session struct {
	m      *Manager
	secure bool
	loop   protocol.Loop // that of the request it was made by
	r      *web.Request  // with Config.Keys, else nil

	// guarded by m.mu
	place *list.Element
	timer protocol.DelayedCall // belongs to loop
	users int                  // requests that use it, with a Store

	mu      sync.Mutex // guards the rest; m.mu may be held outside of it
	id      string
	created time.Time
	touched time.Time
	saved   time.Time // touched when it was last stored
	dirty   bool
	fresh   bool // no request but the one that made it has used it
	expired bool
	values  map[string]any
	raw     map[string]json.RawMessage // stored values that nobody has asked for yet
	notify  []func()
}

// A Key names a value of type T in sessions. With a Store or Keys the value is kept as JSON under the name, and two keys with one name are the same value; in memory it stays
// what it is. Twisted: components of a session, one for each interface.
type Key[T any] struct{ name string }

// NewKey returns a Key.
func NewKey[T any](name string) *Key[T] { return &Key[T]{name} }

// Get returns the value; ok is false if there is none, or none of that type, or if s is nil.
func (k *Key[T]) Get(s *Session) (v T, ok bool) {
	if s == nil {
		return v, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if raw, stored := s.raw[k.name]; stored {
		if json.Unmarshal(raw, &v) != nil {
			var zero T
			return zero, false
		}
		s.values[k.name] = v
		delete(s.raw, k.name)
		return v, true
	}
	v, ok = s.values[k.name].(T)
	return v, ok
}

// Set sets the value. In memory it never fails.
func (k *Key[T]) Set(s *Session, v T) error { return s.change(k.name, v, true) }

// Delete removes the value.
func (k *Key[T]) Delete(s *Session) error { return s.change(k.name, nil, false) }

func (s *Session) change(name string, v any, set bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, had := s.values[name]
	raw, stored := s.raw[name]
	delete(s.raw, name)
	if delete(s.values, name); set {
		s.values[name] = v
	}
	s.dirty = true
	err := s.fits()
	if err != nil {
		if delete(s.values, name); had {
			s.values[name] = old
		}
		if stored {
			s.raw[name] = raw
		}
	}
	return err
}

// fits checks that the session can be kept, and with Keys keeps it.
func (s *Session) fits() error {
	switch {
	case s.r != nil:
		return s.m.giveCookie(s.r, s)
	case s.m.config.Store == nil:
		return nil
	}
	b, err := s.encode()
	if err == nil && len(b) > s.m.config.MaxSize {
		err = ErrTooLarge
	}
	return err
}

// IsNew reports whether the session was made by this request.
func (s *Session) IsNew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fresh
}

// ID returns the session's id, which is a secret, "" with Config.Keys.
func (s *Session) ID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// NotifyExpire has f called, on the loop that the session was made on, when the session ends: by time, by Expire, or because there are too many. It is for sessions in memory;
// others end unseen. Twisted: notifyOnExpire.
func (s *Session) NotifyExpire(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.expired {
		s.loop.CallFromThread(f)
		return
	}
	s.notify = append(s.notify, f)
}

// deadline returns when the session ends if nobody uses it. s.mu is held.
func (s *Session) deadline() time.Time {
	idle, end := s.touched.Add(s.m.config.Idle), s.created.Add(s.m.config.Lifetime)
	if end.Before(idle) {
		return end
	}
	return idle
}

// alive reports whether the session goes on at that time.
func (s *Session) alive(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.expired && now.Before(s.deadline())
}

// record is a session as it is stored.
type record struct {
	Created int64                      `json:"c"` // Unix seconds
	Touched int64                      `json:"t"`
	Values  map[string]json.RawMessage `json:"v,omitempty"`
}

// encode is called with s.mu held.
func (s *Session) encode() ([]byte, error) {
	rec := record{s.created.Unix(), s.touched.Unix(), make(map[string]json.RawMessage, len(s.raw)+len(s.values))}
	for k, v := range s.raw {
		rec.Values[k] = v
	}
	for k, v := range s.values {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		rec.Values[k] = b
	}
	return json.Marshal(rec)
}

// decode makes s what encode has been given.
func (s *Session) decode(b []byte) error {
	var rec record
	if err := json.Unmarshal(b, &rec); err != nil {
		return err
	}
	s.created, s.touched = time.Unix(rec.Created, 0), time.Unix(rec.Touched, 0)
	s.saved, s.raw = s.touched, rec.Values
	return nil
}
