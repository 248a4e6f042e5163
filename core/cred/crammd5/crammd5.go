// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package crammd5 has the challenge and response of CRAM-MD5 (RFC 2195), in which the password is not sent.
//
// # Typical use
//
// At a server, where the checker has to know passwords in plain text:
//
//	challenge := crammd5.NewChallenge("mail.example.org")
//	... send it, receive response ...
//	creds, err := crammd5.Parse(challenge, response)
//	portal.Login(loop, creds, mind)
//
// At a client:
//
//	response := crammd5.Respond(challenge, "tim", "tanstaaftanstaaf")
//
// What goes over the wire is the base64 of these, where the protocol has it so. SCRAM is better: it proves the server too, and the server keeps no passwords.
//
// # Concurrency
//
// Functions are safe from any goroutine, and [Credentials] are immutable.
//
// Twisted: cred.credentials.CramMD5Credentials.
package crammd5

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// maxResponse bounds a response, in bytes.
const maxResponse = 1024

// ErrResponse is returned for a malformed response.
var ErrResponse = errors.New("crammd5: malformed response")

// NewChallenge returns a challenge that has not been there before: "<random.time@host>".
func NewChallenge(host string) string {
	return fmt.Sprintf("<%s.%d@%s>", rand.Text(), time.Now().Unix(), host)
}

// Respond returns the client's response: the name and the digest.
func Respond(challenge, username, password string) string {
	return username + " " + hex.EncodeToString(digest(challenge, password))
}

func digest(challenge, password string) []byte {
	h := hmac.New(md5.New, []byte(password))
	h.Write([]byte(challenge))
	return h.Sum(nil)
}

// Credentials are a response to a challenge. They are compared with passwords in plain text: cred.UsernameHashedPassword.
type Credentials struct {
	username  string
	challenge string
	digest    []byte
}

// Parse takes a response apart. A challenge is used for one response only.
func Parse(challenge, response string) (*Credentials, error) {
	i := strings.LastIndexByte(response, ' ')
	if i < 1 || len(response) > maxResponse {
		return nil, ErrResponse
	}
	sum, err := hex.DecodeString(response[i+1:])
	if err != nil || len(sum) != md5.Size {
		return nil, ErrResponse
	}
	return &Credentials{response[:i], challenge, sum}, nil
}

// User returns the name.
func (c *Credentials) User() string { return c.username }

// CheckPassword reports in constant time whether the response was made with password.
func (c *Credentials) CheckPassword(password string) bool {
	return hmac.Equal(digest(c.challenge, password), c.digest)
}

// Format prints the name.
func (c *Credentials) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "CramMD5(%q)", c.username) }

// LogValue is the name.
func (c *Credentials) LogValue() slog.Value { return slog.StringValue(c.username) }
