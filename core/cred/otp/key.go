// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package otp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Key is the secret that a device and a server share, and how codes are made of it. The zero values of all but Secret are what every device knows.
type Key struct {
	// Secret is at least 16 bytes long.
	Secret []byte
	// Issuer and Account are what the device shows.
	Issuer, Account string
	// Digits is the length of a code, 6 to 8. 0 means 6.
	Digits int
	// Hash is "SHA1", "SHA256" or "SHA512". "" means SHA1.
	Hash string
	// Period is how long a code holds, in whole seconds. 0 means 30 s.
	Period time.Duration
}

// ErrKey is matched for a key, or a URI of one, that is malformed.
var ErrKey = errors.New("otp: malformed key")

// NewKey returns a key with a fresh random secret of 20 bytes.
func NewKey(issuer, account string) Key {
	secret := make([]byte, sha1.Size)
	rand.Read(secret) // never fails
	return Key{Secret: secret, Issuer: issuer, Account: account}
}

func (k Key) withDefaults() Key {
	if k.Digits == 0 {
		k.Digits = 6
	}
	if k.Hash == "" {
		k.Hash = "SHA1"
	}
	if k.Period == 0 {
		k.Period = 30 * time.Second
	}
	return k
}

func (k Key) valid() error {
	k = k.withDefaults()
	switch {
	case len(k.Secret) < 16 || len(k.Secret) > 256:
		return fmt.Errorf("%w: secret of %d bytes, 16 to 256 are needed", ErrKey, len(k.Secret))
	case k.Digits < 6 || k.Digits > 8:
		return fmt.Errorf("%w: %d digits, 6 to 8 are possible", ErrKey, k.Digits)
	case k.Period < time.Second || k.Period > time.Hour || k.Period%time.Second != 0:
		return fmt.Errorf("%w: period %v, whole seconds up to an hour are possible", ErrKey, k.Period)
	case newHash(k.Hash) == nil:
		return fmt.Errorf("%w: hash %q", ErrKey, k.Hash)
	}
	return nil
}

func newHash(name string) func() hash.Hash {
	switch name {
	case "SHA1":
		return sha1.New
	case "SHA256":
		return sha256.New
	case "SHA512":
		return sha512.New
	}
	return nil
}

// HOTP returns the code for a counter (RFC 4226). It panics if the key is not valid, which [Users.Set] and [ParseURI] tell.
func (k Key) HOTP(counter uint64) string {
	if err := k.valid(); err != nil {
		panic(err)
	}
	k = k.withDefaults()
	h := hmac.New(newHash(k.Hash), k.Secret)
	_ = binary.Write(h, binary.BigEndian, counter) // a hash never fails
	sum := h.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	mod := uint32(1)
	for range k.Digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", k.Digits, n%mod)
}

// TOTP returns the code for a time (RFC 6238).
func (k Key) TOTP(t time.Time) string { return k.HOTP(k.step(t)) }

func (k Key) step(t time.Time) uint64 {
	return uint64(max(t.Unix(), 0)) / uint64(k.withDefaults().Period/time.Second)
}

var b32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// URI returns the key as devices scan it: otpauth://totp/ISSUER:ACCOUNT?secret=... It is a secret.
func (k Key) URI() string {
	k = k.withDefaults()
	q := "secret=" + b32.EncodeToString(k.Secret)
	label := url.PathEscape(k.Account)
	if k.Issuer != "" {
		label = url.PathEscape(k.Issuer) + ":" + label
		q += "&issuer=" + url.PathEscape(k.Issuer)
	}
	return fmt.Sprintf("otpauth://totp/%s?%s&algorithm=%s&digits=%d&period=%d", label, q, k.Hash, k.Digits, int(k.Period/time.Second))
}

// maxURI bounds what ParseURI takes.
const maxURI = 2048

// ParseURI reads what [Key.URI] returns, and what other programs make for devices.
func ParseURI(text string) (Key, error) {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxURI || u.Scheme != "otpauth" || u.Host != "totp" {
		return Key{}, fmt.Errorf("%w: not an otpauth://totp/ URI", ErrKey) // without the text, which is a secret
	}
	q := u.Query()
	var k Key
	k.Issuer, k.Account = q.Get("issuer"), strings.TrimPrefix(u.Path, "/")
	if issuer, account, ok := strings.Cut(k.Account, ":"); ok {
		k.Account = strings.TrimLeft(account, " ")
		if k.Issuer == "" {
			k.Issuer = issuer
		}
	}
	if k.Secret, err = b32.DecodeString(strings.ToUpper(strings.TrimRight(q.Get("secret"), "="))); err != nil {
		return Key{}, fmt.Errorf("%w: the secret is not base32", ErrKey)
	}
	k.Hash = strings.ToUpper(q.Get("algorithm"))
	digits, err1 := number(q.Get("digits"))
	period, err2 := number(q.Get("period"))
	if err1 != nil || err2 != nil {
		return Key{}, fmt.Errorf("%w: digits or period", ErrKey)
	}
	k.Digits, k.Period = digits, time.Duration(period)*time.Second
	return k, k.valid()
}

func number(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), err
}

// Format prints the account, without the secret.
func (k Key) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "otp.Key(%q)", k.Account) }

// LogValue is the account.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.Account) }
