// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package password

import (
	"errors"
	"fmt"
	"strings"
)

// MaxLength bounds passwords, in bytes.
const MaxLength = 1024

var (
	// ErrMismatch is returned for a password that is not the one.
	ErrMismatch = errors.New("password: does not match")
	// ErrFormat is matched for a hash of an unknown or malformed form.
	ErrFormat = errors.New("password: not a hash of a known form")
	// ErrTooCostly is matched for a hash that asks for more than the limits allow.
	ErrTooCostly = errors.New("password: hash asks for more than the limits allow")
	// ErrTooLong is returned for a password that is longer than MaxLength, or than the scheme takes.
	ErrTooLong = errors.New("password: too long")
)

// A Scheme makes hashes with certain parameters: [Argon2id], [Bcrypt] or [PBKDF2].
type Scheme interface {
	// Hash returns the hash of a password with a fresh random salt.
	Hash(password string) (string, error)
	// matches reports whether a hash was made with this scheme's parameters.
	matches(parsed hash) bool
}

// A hash is one that was parsed.
type hash interface {
	cost(l Limits) error
	verify(password string) error
}

// Hash returns the hash of a password by [Argon2id] with its default parameters.
func Hash(password string) (string, error) { return Argon2id{}.Hash(password) }

// Verify reports whether password is the one that stored was made of, within the default [Limits]. A malformed or too costly hash matches nothing.
func Verify(stored, password string) bool { return Limits{}.Verify(stored, password) == nil }

// NeedsRehash reports whether stored was made by another scheme, or with other parameters, than want: after the next login, when the password is at hand, it
// should be made anew.
func NeedsRehash(stored string, want Scheme) bool {
	h, err := parse(stored)
	return err != nil || !want.matches(h)
}

// Limits bound what a stored hash may ask for. The zero Limits are the defaults.
type Limits struct {
	// Memory bounds argon2, in KiB. 0 means 256 MiB.
	Memory uint32
	// Work bounds argon2: its memory in KiB times its passes. 0 means 1 GiB.
	Work uint64
	// BcryptCost bounds bcrypt. 0 means 14, about a second.
	BcryptCost int
	// Iterations bounds PBKDF2. 0 means 2,000,000.
	Iterations int
}

func (l Limits) withDefaults() Limits {
	if l.Memory == 0 {
		l.Memory = 256 << 10
	}
	if l.Work == 0 {
		l.Work = 1 << 20
	}
	if l.BcryptCost == 0 {
		l.BcryptCost = 14
	}
	if l.Iterations == 0 {
		l.Iterations = 2_000_000
	}
	return l
}

// Verify returns nil if password is the one that stored was made of; else ErrMismatch, or an error that matches ErrFormat, ErrTooCostly or ErrTooLong.
func (l Limits) Verify(stored, password string) error {
	h, err := parse(stored)
	if err != nil {
		return err
	}
	if err := h.cost(l.withDefaults()); err != nil {
		return err
	}
	if len(password) > MaxLength {
		return ErrTooLong
	}
	return h.verify(password)
}

// maxHash bounds the text of a hash, in bytes.
const maxHash = 512

func parse(stored string) (hash, error) {
	if len(stored) <= maxHash {
		switch {
		case strings.HasPrefix(stored, "$argon2id$"):
			return parseArgon2id(stored)
		case strings.HasPrefix(stored, "$2"):
			return parseBcrypt(stored)
		case strings.HasPrefix(stored, "$pbkdf2"):
			return parsePBKDF2(stored)
		}
	}
	return nil, ErrFormat // without the text: it may be a password
}

func malformed(scheme, what string) error { return fmt.Errorf("%w: %s: %s", ErrFormat, scheme, what) }

func tooCostly(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrTooCostly, fmt.Sprintf(format, args...))
}
