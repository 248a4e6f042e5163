// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

// A Key names a value of type T that is attached to requests: what a wrapping resource has found out and the inner ones need, such as the user. It is made once, by
// [NewKey], and compared by identity, so that packages cannot get in each other's way. Twisted: an own Request class, components.
type Key[T any] struct{ name string }

// NewKey returns a new Key. The name is for messages only.
func NewKey[T any](name string) *Key[T] { return &Key[T]{name} }

// String returns the name.
func (k *Key[T]) String() string { return k.name }

// Set attaches v to r in place of an earlier value. Loop only.
func (k *Key[T]) Set(r *Request, v T) {
	m := r.extra()
	if m.values == nil {
		m.values = make(map[any]any)
	}
	m.values[k] = v
}

// Get returns the value that is attached to r. Loop only.
func (k *Key[T]) Get(r *Request) (v T, ok bool) {
	if r.more != nil {
		v, ok = r.more.values[k].(T)
	}
	return v, ok
}
