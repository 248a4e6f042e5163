// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package sasl

import (
	"errors"
	"fmt"

	"github.com/torsion-go/torsion/core/cred"
)

// The names of the mechanisms, except those of package scram with -PLUS.
const (
	Plain       = "PLAIN"
	Login       = "LOGIN"
	External    = "EXTERNAL"
	Anonymous   = "ANONYMOUS"
	OAuthBearer = "OAUTHBEARER"
	CramMD5     = "CRAM-MD5"
	ScramSHA1   = "SCRAM-SHA-1"
	ScramSHA256 = "SCRAM-SHA-256"
)

// MaxMessage bounds each message of the other side, in bytes.
const MaxMessage = 16 << 10

var (
	// ErrProtocol is matched when the other side sends what the mechanism does not allow.
	ErrProtocol = errors.New("sasl: protocol error")
	// ErrMechanism is matched for a mechanism that is not known, or not possible here.
	ErrMechanism = errors.New("sasl: no such mechanism")
)

func wrong(what string) error { return fmt.Errorf("%w: %s", ErrProtocol, what) }

// A Server is a login at a server.
type Server interface {
	// Next takes the client's response and returns the next challenge. The first response is nil when the client sent none with the name of the mechanism. With
	// done the exchange is over and the credentials are there; a challenge that comes with done is for protocols that send data along with the success. A
	// challenge that comes with an error may be sent before the refusal.
	Next(response []byte) (challenge []byte, done bool, err error)
	// Credentials returns what the client has presented, and false before Next was done.
	Credentials() (cred.Credentials, bool)
}

// A Client is a login at a client.
type Client interface {
	// Start returns the mechanism and the first response, nil when the server has to speak first.
	Start() (mechanism string, initial []byte, err error)
	// Next answers a challenge.
	Next(challenge []byte) (response []byte, err error)
	// Done is called when the server has reported success. Its error tells that this was too early: the server has not proved itself.
	Done() error
}

// steps is a Server whose exchange is a row of functions.
type steps struct {
	todo  []func(response []byte) (challenge []byte, err error)
	creds cred.Credentials
	over  bool
	// first tells that the client speaks first: a first response of nil gets an empty challenge.
	first bool
}

func (s *steps) Next(response []byte) ([]byte, bool, error) {
	switch {
	case s.over || len(s.todo) == 0:
		return nil, false, wrong("a response after the end")
	case len(response) > MaxMessage:
		s.over = true
		return nil, false, wrong("a response that is too long")
	case s.first && response == nil:
		s.first = false
		return []byte{}, false, nil
	}
	s.first = false
	step := s.todo[0]
	s.todo = s.todo[1:]
	challenge, err := step(response)
	s.over = err != nil || len(s.todo) == 0
	if err != nil {
		s.creds = nil
		return challenge, false, err
	}
	return challenge, s.over, nil
}

func (s *steps) Credentials() (cred.Credentials, bool) {
	if !s.over || s.creds == nil {
		return nil, false
	}
	return s.creds, true
}
