// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package httpauth

import (
	"cmp"
	"container/list"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// RememberConfig holds the options of [Remember]. Zero fields mean their defaults.
type RememberConfig struct {
	For time.Duration // 0 means 1 minute: so long a password that was changed, or an account that was closed, is still good
	Max int           // logins that are remembered; 0 means 10000; the one that was made first is forgotten first
}

// Remember returns a checker that asks c only once in a while about the same name and password. What is remembered is a keyed hash of both, and only if c has said yes.
// Hashes of passwords take some 30 ms by intent; without this every image of a page costs that.
func Remember(c cred.Checker[cred.UsernamePassword], config RememberConfig) cred.Checker[cred.UsernamePassword] {
	m := &memory{config: config, checker: c, logins: make(map[[sha256.Size]byte]*list.Element)}
	m.config.For = cmp.Or(max(config.For, 0), time.Minute)
	m.config.Max = cmp.Or(max(config.Max, 0), 10000)
	rand.Read(m.key[:])
	return m
}

// memory is a checker that remembers.
type memory struct {
	config  RememberConfig
	checker cred.Checker[cred.UsernamePassword]
	key     [32]byte

	mu     sync.Mutex
	logins map[[sha256.Size]byte]*list.Element // guarded by mu
	order  list.List                           // of *remembered, the oldest first; guarded by mu
}

type remembered struct {
	sum   [sha256.Size]byte
	id    cred.AvatarID
	until time.Time
}

func (m *memory) RequestAvatarID(loop protocol.Loop, creds cred.UsernamePassword) *deferred.Deferred[cred.AvatarID] {
	mac := hmac.New(sha256.New, m.key[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(creds.Username)))) // so that it is clear where the name ends
	mac.Write([]byte(creds.Username))
	mac.Write([]byte(creds.Password))
	sum := [sha256.Size]byte(mac.Sum(nil))
	if id, ok := m.lookup(sum, loop.Now()); ok {
		return deferred.SucceedOn(loop, id)
	}
	return deferred.Then(m.checker.RequestAvatarID(loop, creds), func(id cred.AvatarID) (cred.AvatarID, error) {
		m.store(&remembered{sum, id, loop.Now().Add(m.config.For)})
		return id, nil
	})
}

func (m *memory) lookup(sum [sha256.Size]byte, now time.Time) (cred.AvatarID, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for e := m.order.Front(); e != nil && !now.Before(e.Value.(*remembered).until); e = m.order.Front() {
		m.forget(e)
	}
	e := m.logins[sum]
	if e == nil {
		return cred.AvatarID{}, false
	}
	return e.Value.(*remembered).id, true
}

func (m *memory) store(r *remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.logins[r.sum]; e != nil {
		m.forget(e)
	} else if m.order.Len() >= m.config.Max {
		m.forget(m.order.Front())
	}
	m.logins[r.sum] = m.order.PushBack(r)
}

func (m *memory) forget(e *list.Element) {
	delete(m.logins, e.Value.(*remembered).sum)
	m.order.Remove(e)
}
