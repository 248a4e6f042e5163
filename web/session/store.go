// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package session

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/dirdbm"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
)

// Wrap returns a Leaf that loads the client's session, if it has one, before inner is looked at, and saves it after the response if it has changed. It is for a Manager with a Store; others need no Wrap. If the Store
// fails, the response is 500.
func (m *Manager) Wrap(inner web.Resource) web.Leaf {
	return web.LeafFunc(func(r *web.Request) {
		if m.config.Store == nil {
			web.Dispatch(inner, r)
			return
		}
		web.Later(r, m.load(r), func(s *Session) {
			m.key.Set(r, s)
			r.NotifyEnd(func(error) {
				if s, _ := m.key.Get(r); s != nil {
					m.release(r.Loop(), s)
				}
			})
			web.Dispatch(inner, r)
		})
	})
}

// storeKey returns what the session is stored under. Whoever can read the Store cannot make cookies of it.
func (m *Manager) storeKey(secure bool, id string) string {
	sum := sha256.Sum256([]byte(m.cookieName(secure) + "=" + id))
	return hex.EncodeToString(sum[:])
}

// load returns the request's session, which is in use from then on, or nil.
func (m *Manager) load(r *web.Request) *deferred.Deferred[*Session] {
	m.vary(r)
	name, id := m.named(r)
	if len(id) != 64 {
		return deferred.Succeed[*Session](nil)
	}
	loop, secure := r.Loop(), r.Secure()
	if s := m.use(name+id, nil, loop.Now()); s != nil {
		return deferred.Succeed(s)
	}
	return deferred.Then(m.config.Store.Load(loop, m.storeKey(secure, id)), func(b []byte) (*Session, error) {
		if b == nil {
			return nil, nil
		}
		s := &Session{m: m, secure: secure, loop: loop, id: id, values: make(map[string]any)}
		if err := s.decode(b); err != nil {
			return nil, err
		}
		if !s.alive(loop.Now()) {
			m.unstore(loop, m.storeKey(secure, id))
			return nil, nil
		}
		return m.use(name+id, s, loop.Now()), nil
	})
}

// use returns the session that is in use under that name, or puts loaded in its place.
func (m *Manager) use(name string, loaded *Session, now time.Time) *Session {
	m.mu.Lock()
	s := m.live[name]
	if s == nil && loaded != nil {
		s = loaded
		m.live[name] = s
	}
	if s != nil {
		s.users++
	}
	m.mu.Unlock()
	if s != nil {
		s.touch(now)
	}
	return s
}

// release saves s, if there is something new, when a request has ended, and forgets it when nobody uses it.
func (m *Manager) release(loop protocol.Loop, s *Session) {
	s.mu.Lock()
	var data []byte
	var err error
	key, expires := m.storeKey(s.secure, s.id), s.deadline()
	if !s.expired && (s.dirty || s.touched.Sub(s.saved) > m.config.Idle/10) {
		data, err = s.encode()
		s.dirty, s.saved = false, s.touched
	}
	s.mu.Unlock()
	done := func(_ struct{}, err error) {
		if err != nil {
			m.config.Logger.Error("session: not saved", "error", err)
		}
		s.mu.Lock()
		stale := data != nil && (s.expired || m.storeKey(s.secure, s.id) != key)
		s.mu.Unlock()
		if stale { // it has ended or rotated meanwhile, and Delete may have been the faster one
			m.unstore(loop, key)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if s.users--; s.users <= 0 {
			m.remove(s)
		}
	}
	if data == nil {
		done(struct{}{}, err)
		return
	}
	m.config.Store.Save(loop, key, data, expires).Done(done)
}

func (m *Manager) unstore(loop protocol.Loop, key string) {
	m.config.Store.Delete(loop, key).Done(func(_ struct{}, err error) {
		if err != nil {
			m.config.Logger.Error("session: not deleted", "error", err, slog.String("key", key))
		}
	})
}

// Dir returns a Store that keeps each session in a file of db, by the threads of the loop; on a loop without threads, as in tests, it reads and writes at once. Sweep
// removes what has expired.
func Dir(db *dirdbm.DB) *DirStore { return &DirStore{db} }

// A DirStore keeps sessions in files. Safe from any goroutine.
type DirStore struct{ db *dirdbm.DB }

// Load reads a file.
func (d *DirStore) Load(loop protocol.Loop, key string) *deferred.Deferred[[]byte] {
	return work(loop, func() ([]byte, error) {
		b, err := d.db.Get(key)
		if errors.Is(err, dirdbm.ErrNotFound) {
			return nil, nil
		}
		if len(b) < expiryLen {
			return nil, err
		}
		return b[expiryLen:], err
	})
}

// Save writes a file.
func (d *DirStore) Save(loop protocol.Loop, key string, data []byte, expires time.Time) *deferred.Deferred[struct{}] {
	return work(loop, func() (struct{}, error) {
		return struct{}{}, d.db.Set(key, append(expires.UTC().AppendFormat(nil, expiryForm), data...))
	})
}

// Delete removes a file.
func (d *DirStore) Delete(loop protocol.Loop, key string) *deferred.Deferred[struct{}] {
	return work(loop, func() (struct{}, error) {
		err := d.db.Delete(key)
		if errors.Is(err, dirdbm.ErrNotFound) {
			err = nil
		}
		return struct{}{}, err
	})
}

// The time of expiry stands in front of the data.
const (
	expiryForm = "2006-01-02T15:04:05Z\n"
	expiryLen  = len(expiryForm)
)

// Sweep removes the sessions that have expired before now. Call it now and then, by deferred.ToThread: it blocks.
func (d *DirStore) Sweep(now time.Time) error {
	for e, err := range d.db.All() {
		if err != nil {
			return err
		}
		if len(e.Value) < expiryLen {
			continue
		}
		if t, err := time.Parse(expiryForm, string(e.Value[:expiryLen])); err == nil && t.Before(now) {
			if err := d.db.Delete(e.Key); err != nil && !errors.Is(err, dirdbm.ErrNotFound) {
				return err
			}
		}
	}
	return nil
}

// work runs f beside the loop if it can.
func work[T any](loop protocol.Loop, f func() (T, error)) *deferred.Deferred[T] {
	if threads, ok := loop.(deferred.Threads); ok {
		return deferred.ToThread(threads, f)
	}
	v, err := f()
	if err != nil {
		return deferred.FailOn[T](loop, err)
	}
	return deferred.SucceedOn(loop, v)
}
