// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scram

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"

	"github.com/torsion-go/torsion/core/cred"
	"github.com/torsion-go/torsion/core/cred/internal/saslprep"
)

// ServerConfig tells how a server lets users in.
type ServerConfig struct {
	// Hash is that of the mechanism. 0 means SHA256.
	Hash Hash
	// Plus says that the client chose the mechanism with -PLUS: it has to bind to the channel.
	Plus bool
	// Bindings are those of the connection, any of which the client may choose. With some, a client of the mechanism without -PLUS that could have bound is
	// refused: somebody struck -PLUS from what the server offers. None means that the server does not offer -PLUS.
	Bindings []Binding
	// DecoyKey makes up the salts of users who don't exist, the same for the same name. The servers of one service share a key and keep it over restarts: else
	// a salt that changes gives it away. None means one of this process.
	DecoyKey []byte
	// DecoyIterations is what users who don't exist seem to have; it should be what the others have. 0 means DefaultIterations.
	DecoyIterations int

	nonce string // for the vectors of the RFCs
}

// processKey stands in for ServerConfig.DecoyKey.
var processKey = []byte(rand.Text())

// A Server is one login at a server. Its methods are called in order: First, Challenge, Final. Each error ends it. It is not safe for concurrent use.
type Server struct {
	cfg         ServerConfig
	state       int
	gs2         string
	binding     []byte
	bare        string
	serverFirst string
	nonce       string
	user        string
	keys        Keys
	known       bool
}

// NewServer returns a Server.
func NewServer(cfg ServerConfig) *Server {
	if len(cfg.DecoyKey) == 0 {
		cfg.DecoyKey = processKey
	}
	if cfg.DecoyIterations == 0 {
		cfg.DecoyIterations = DefaultIterations
	}
	return &Server{cfg: cfg}
}

func (s *Server) step(n int) error {
	if s.state != n {
		return wrong("client message %d out of turn", n+1)
	}
	s.state = -1 // until the step has succeeded
	return nil
}

// First takes the client's first message and returns the prepared name of the user whose keys are needed.
func (s *Server) First(clientFirst string) (user string, err error) {
	if err := s.step(0); err != nil {
		return "", err
	}
	if len(clientFirst) > maxMessage {
		return "", wrong("message of %d bytes, %d are allowed", len(clientFirst), maxMessage)
	}
	f := strings.SplitN(clientFirst, ",", 3)
	if len(f) != 3 {
		return "", wrong("malformed header")
	}
	if err := s.flag(f[0]); err != nil {
		return "", err
	}
	s.gs2, s.bare = f[0]+","+f[1]+",", f[2]
	parts, err := attributes(s.bare)
	if err != nil {
		return "", err
	}
	v, err := take(parts, "nr")
	if err != nil {
		return "", err
	}
	if s.user, err = name(v[0]); err != nil {
		return "", err
	}
	if err := s.sameUser(f[1]); err != nil {
		return "", err
	}
	if !isNonce(v[1]) {
		return "", wrong("bad nonce")
	}
	if s.nonce = s.cfg.nonce; s.nonce == "" {
		s.nonce = nonce()
	}
	s.nonce = v[1] + s.nonce
	s.state = 1
	return s.user, nil
}

func name(escaped string) (string, error) {
	plain, err := unescapeName(escaped)
	if err != nil {
		return "", err
	}
	prepared, err := saslprep.Prepare(plain)
	if err != nil {
		return "", wrong("name: %v", err)
	}
	return prepared, nil
}

// sameUser refuses an authorization identity other than the user's own.
func (s *Server) sameUser(field string) error {
	if field == "" {
		return nil
	}
	escaped, ok := strings.CutPrefix(field, "a=")
	if !ok {
		return wrong("malformed header")
	}
	authzid, err := name(escaped)
	if err != nil {
		return err
	}
	if authzid != s.user {
		return fmt.Errorf("%w: scram: %q asks to act for %q", cred.ErrLoginDenied, s.user, authzid)
	}
	return nil
}

var errDowngrade = errors.New("the client could bind to the channel and was not told that the server can")

// flag checks the client's word on channel binding against what is possible.
func (s *Server) flag(flag string) error {
	chosen, binds := strings.CutPrefix(flag, "p=")
	switch {
	case binds != s.cfg.Plus:
		return wrong("channel binding and the name of the mechanism disagree")
	case binds:
		for _, b := range s.cfg.Bindings {
			if b.Name == chosen {
				s.binding = b.Data
				return nil
			}
		}
		return wrong("channel binding %q is not supported", chosen)
	case flag == "y" && len(s.cfg.Bindings) > 0:
		return fmt.Errorf("%w: %w", ErrProtocol, errDowngrade)
	case flag != "n" && flag != "y":
		return wrong("malformed header")
	}
	return nil
}

// Challenge takes the user's keys and returns the first message to the client. Without keys of this mechanism, known is false: the login then goes on, and fails at its
// end as with a wrong password.
func (s *Server) Challenge(keys Keys, known bool) (string, error) {
	if err := s.step(1); err != nil {
		return "", err
	}
	s.keys, s.known = keys, known && keys.Hash == s.cfg.Hash && keys.valid()
	if decoy := s.decoy(); !s.known { // which is made in any case: it takes time
		s.keys = decoy
	}
	s.serverFirst = fmt.Sprintf("r=%s,s=%s,i=%d", s.nonce, b64.EncodeToString(s.keys.Salt), s.keys.Iterations)
	s.state = 2
	return s.serverFirst, nil
}

// decoy returns keys for a user who does not exist: always the same salt for the same name.
func (s *Server) decoy() Keys {
	h := hmac.New(sha256.New, s.cfg.DecoyKey)
	h.Write([]byte(s.cfg.Hash.String() + "\x00" + s.user))
	n := s.cfg.Hash.size()
	return Keys{s.cfg.Hash, h.Sum(nil)[:saltSize], s.cfg.DecoyIterations, make([]byte, n), make([]byte, n)}
}

// Final takes the client's proof and returns the last message, which is to be sent also with an error that has one. A wrong password and an unknown user are
// cred.ErrUnauthorizedLogin.
func (s *Server) Final(clientFinal string) (string, error) {
	if err := s.step(2); err != nil {
		return "", err
	}
	parts, err := attributes(clientFinal)
	if err != nil {
		return "", err
	}
	v, err := take(parts, "cr")
	if err != nil {
		return "", err
	}
	last := len(parts) - 1
	text, ok := value(parts[last], 'p')
	if !ok || last < 2 {
		return "", wrong("the proof is missing")
	}
	proof, err := b64.DecodeString(text)
	if err != nil || len(proof) != s.cfg.Hash.size() {
		return "", wrong("malformed proof")
	}
	if subtle.ConstantTimeCompare([]byte(v[0]), []byte(b64.EncodeToString(append([]byte(s.gs2), s.binding...)))) != 1 {
		return "e=channel-bindings-dont-match", fmt.Errorf("%w: scram: the channel bindings don't match", cred.ErrUnauthorizedLogin)
	}
	if v[1] != s.nonce {
		return "", wrong("another nonce")
	}
	auth := s.bare + "," + s.serverFirst + "," + strings.TrimSuffix(clientFinal, ","+parts[last])
	if !s.proves(proof, auth) {
		return "e=invalid-proof", cred.ErrUnauthorizedLogin
	}
	s.state = 3
	return "v=" + b64.EncodeToString(s.cfg.Hash.mac(s.keys.ServerKey, auth)), nil
}

func (s *Server) proves(proof []byte, auth string) bool {
	h := s.cfg.Hash
	key := h.mac(s.keys.StoredKey, auth)
	subtle.XORBytes(key, key, proof)
	return subtle.ConstantTimeCompare(h.sum(key), s.keys.StoredKey) == 1 && s.known
}

// Credentials returns what the login has proved, for a portal; false before Final succeeded.
func (s *Server) Credentials() (Credentials, bool) {
	if s.state != 3 {
		return Credentials{}, false
	}
	return Credentials{s.user}, true
}
