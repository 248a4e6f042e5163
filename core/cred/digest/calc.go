// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package digest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

// An Algorithm is the name of a hash function as headers have it. With the suffix -sess the hash of the password is mixed with the nonces once more.
type Algorithm string

// The algorithms.
const (
	MD5           Algorithm = "MD5"
	MD5Sess       Algorithm = "MD5-sess"
	SHA           Algorithm = "SHA" // SHA-1; Twisted's, in no RFC
	SHA256        Algorithm = "SHA-256"
	SHA256Sess    Algorithm = "SHA-256-sess"
	SHA512256     Algorithm = "SHA-512-256"
	SHA512256Sess Algorithm = "SHA-512-256-sess"
)

// byStrength has all algorithms, the best first.
var byStrength = []Algorithm{SHA512256Sess, SHA512256, SHA256Sess, SHA256, SHA, MD5Sess, MD5}

// lookup returns the algorithm of that name, whatever its case; "" is MD5.
func lookup(name string) (Algorithm, bool) {
	if name == "" {
		return MD5, true
	}
	for _, a := range byStrength {
		if strings.EqualFold(string(a), name) {
			return a, true
		}
	}
	return "", false
}

func (a Algorithm) session() bool { return strings.HasSuffix(string(a), "-sess") }

func (a Algorithm) hex(parts ...string) string {
	var h hash.Hash
	switch a {
	case SHA:
		h = sha1.New()
	case SHA256, SHA256Sess:
		h = sha256.New()
	case SHA512256, SHA512256Sess:
		h = sha512.New512_256()
	default:
		h = md5.New()
	}
	h.Write([]byte(strings.Join(parts, ":")))
	return hex.EncodeToString(h.Sum(nil))
}

// HA1 returns the hash of name, realm and password that a server may keep in place of the password. It is as good as the password within the realm. Twisted: the
// first half of calcHA1.
func HA1(a Algorithm, username, realm, password string) string {
	return a.hex(username, realm, password)
}

// SessionHA1 returns what HA1 becomes for an algorithm with -sess, and ha1 itself for others. Twisted: calcHA1 with preHA1.
func SessionHA1(a Algorithm, ha1, nonce, cnonce string) string {
	if a.session() {
		return a.hex(ha1, nonce, cnonce)
	}
	return ha1
}

// HA2 returns the hash of the request. Twisted: calcHA2.
func HA2(a Algorithm, method, uri string) string { return a.hex(method, uri) }

// Response returns the answer to a challenge; with qop "" that of RFC 2069, which has no nc and cnonce. Twisted: calcResponse.
func Response(a Algorithm, sessionHA1, ha2, nonce, nc, cnonce, qop string) string {
	if qop == "" {
		return a.hex(sessionHA1, nonce, ha2)
	}
	return a.hex(sessionHA1, nonce, nc, cnonce, qop, ha2)
}

// UserHash returns what stands for a name where userhash is true.
func UserHash(a Algorithm, username, realm string) string { return a.hex(username, realm) }
