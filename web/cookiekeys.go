// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrCookie is returned for a signed or encrypted text that is forged, damaged, too old, of another name or of a key that is no longer there. Which of these is not told.
var ErrCookie = errors.New("web: the cookie is not valid")

// CookieKeys signs or encrypts what a client is given to keep, such as the values of cookies, so that it cannot make its own. The first key is used for what is new, the
// others still open what they made: to change keys put a new one in front, and drop the old one when what it made has expired. Immutable; safe from any goroutine.
//
// The time is part of what is made, and the name is authenticated with it: a value cannot be moved to another cookie. Signing is HMAC-SHA-256, encryption AES-256-GCM
// with random nonces, each with a key derived by HKDF (RFC 5869).
type CookieKeys struct{ pairs []keyPair }

type keyPair struct {
	mac  []byte
	aead cipher.AEAD
}

// NewCookieKeys returns CookieKeys of secrets, each of at least 32 random bytes.
func NewCookieKeys(secrets ...[]byte) (*CookieKeys, error) {
	if len(secrets) == 0 {
		return nil, errors.New("web: NewCookieKeys: no key")
	}
	k := new(CookieKeys)
	for i, secret := range secrets {
		if len(secret) < 32 {
			return nil, fmt.Errorf("web: NewCookieKeys: key %d has %d bytes, fewer than 32", i, len(secret))
		}
		p, err := newKeyPair(secret)
		if err != nil {
			return nil, fmt.Errorf("web: NewCookieKeys: key %d: %w", i, err)
		}
		k.pairs = append(k.pairs, p)
	}
	return k, nil
}

func newKeyPair(secret []byte) (p keyPair, err error) {
	if p.mac, err = hkdf.Key(sha256.New, secret, nil, "torsion web cookie signature", 32); err != nil {
		return p, err
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "torsion web cookie encryption", 32)
	if err != nil {
		return p, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return p, err
	}
	p.aead, err = cipher.NewGCMWithRandomNonce(block)
	return p, err
}

var cookieText = base64.RawURLEncoding.Strict()

const (
	stampLen = 8
	macLen   = sha256.Size
)

// Sign returns a text that holds value, for everybody to read, and can be used as a cookie's value. Verify takes it back.
func (k *CookieKeys) Sign(name, value string, now time.Time) string {
	b := stamp(value, now)
	return cookieText.EncodeToString(append(b, k.pairs[0].sum(name, b)...))
}

// Verify returns the value that Sign was given with that name, unless that is more than maxAge ago.
func (k *CookieKeys) Verify(name, text string, now time.Time, maxAge time.Duration) (string, error) {
	b, err := cookieText.DecodeString(text)
	if err != nil || len(b) < stampLen+macLen {
		return "", ErrCookie
	}
	b, sum := b[:len(b)-macLen], b[len(b)-macLen:]
	for _, p := range k.pairs {
		if hmac.Equal(p.sum(name, b), sum) {
			return unstamp(b, now, maxAge)
		}
	}
	return "", ErrCookie
}

// Encrypt is like Sign, with a text that tells nobody more than the length of value. Decrypt takes it back.
func (k *CookieKeys) Encrypt(name, value string, now time.Time) string {
	return cookieText.EncodeToString(k.pairs[0].aead.Seal(nil, nil, stamp(value, now), []byte(name)))
}

// Decrypt returns the value that Encrypt was given with that name, unless that is more than maxAge ago.
func (k *CookieKeys) Decrypt(name, text string, now time.Time, maxAge time.Duration) (string, error) {
	b, err := cookieText.DecodeString(text)
	if err != nil {
		return "", ErrCookie
	}
	for _, p := range k.pairs {
		if plain, err := p.aead.Open(nil, nil, b, []byte(name)); err == nil {
			return unstamp(plain, now, maxAge)
		}
	}
	return "", ErrCookie
}

// sum authenticates name and b; the length keeps them apart.
func (p keyPair) sum(name string, b []byte) []byte {
	h := hmac.New(sha256.New, p.mac)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(name))))
	h.Write([]byte(name))
	h.Write(b)
	return h.Sum(nil)
}

func stamp(value string, now time.Time) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(now.Unix())), value...)
}

func unstamp(b []byte, now time.Time, maxAge time.Duration) (string, error) {
	if len(b) < stampLen {
		return "", ErrCookie
	}
	made := time.Unix(int64(binary.BigEndian.Uint64(b)), 0)
	if now.Sub(made) > maxAge || made.Sub(now) > time.Minute { // clocks of several servers differ
		return "", ErrCookie
	}
	return string(b[stampLen:]), nil
}
