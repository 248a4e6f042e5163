// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scram

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxMessage bounds each message, in bytes.
const maxMessage = 4096

// ErrProtocol is matched when the other side sends what the protocol does not allow, or allows only at another point.
var ErrProtocol = errors.New("scram: protocol error")

func wrong(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrProtocol, fmt.Sprintf(format, args...))
}

// attributes splits "k=value,k=value" into its parts and checks their form.
func attributes(msg string) ([]string, error) {
	if len(msg) > maxMessage {
		return nil, wrong("message of %d bytes, %d are allowed", len(msg), maxMessage)
	}
	if !utf8.ValidString(msg) || strings.IndexByte(msg, 0) >= 0 {
		return nil, wrong("message is not UTF-8 without NUL")
	}
	parts := strings.Split(msg, ",")
	for _, p := range parts {
		if len(p) < 2 || p[1] != '=' || (p[0]|0x20) < 'a' || (p[0]|0x20) > 'z' {
			return nil, wrong("malformed attribute")
		}
	}
	return parts, nil
}

// value returns what follows "k=" in part.
func value(part string, key byte) (string, bool) {
	if part[0] != key {
		return "", false
	}
	return part[2:], true
}

// take returns the first n values of parts, which have to be those of the given keys, in order. An extension that must be understood comes first, and is refused.
func take(parts []string, keys string) ([]string, error) {
	if len(parts) > 0 && parts[0][0] == 'm' {
		return nil, wrong("an extension is asked for that is not known")
	}
	if len(parts) < len(keys) {
		return nil, wrong("attribute %q is missing", keys[len(parts)])
	}
	values := make([]string, len(keys))
	for i := range len(keys) {
		v, ok := value(parts[i], keys[i])
		if !ok {
			return nil, wrong("attribute %q is missing", keys[i])
		}
		values[i] = v
	}
	return values, nil
}

var escaper = strings.NewReplacer("=", "=3D", ",", "=2C")

func escapeName(name string) string { return escaper.Replace(name) }

func unescapeName(s string) (string, error) {
	var b strings.Builder
	for s != "" {
		plain, rest, found := strings.Cut(s, "=")
		b.WriteString(plain)
		if !found {
			break
		}
		switch {
		case strings.HasPrefix(rest, "2C"):
			b.WriteByte(',')
		case strings.HasPrefix(rest, "3D"):
			b.WriteByte('=')
		default:
			return "", wrong("name with a bad escape")
		}
		s = rest[2:]
	}
	return b.String(), nil
}

// nonce returns text that has not been there before.
func nonce() string { return rand.Text() }

func isNonce(s string) bool {
	return s != "" && len(s) <= 1024 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == ',' })
}
