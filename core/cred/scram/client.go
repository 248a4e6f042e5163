// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package scram

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"

	"github.com/torsion-go/torsion/core/cred/internal/saslprep"
)

// ClientConfig tells how a client logs in.
type ClientConfig struct {
	// Hash is that of the mechanism. 0 means SHA256.
	Hash Hash
	// Username and Password are those of the user.
	Username, Password string
	// Authzid is the account to act for. "" means the user's.
	Authzid string
	// Binding is that of the connection; its Name "" means none. With one the mechanism is -PLUS unless NotOffered is set.
	Binding Binding
	// NotOffered says that this client could bind, but that the server does not offer -PLUS: a server that does offer it then knows that somebody struck it out.
	NotOffered bool
	// MinIterations and MaxIterations bound what the server may ask for. 0 means DefaultIterations and DefaultMaxIterations.
	MinIterations, MaxIterations int

	nonce string // for the vectors of the RFCs
}

var (
	// ErrServer is matched when the server failed to prove that it knows the password.
	ErrServer = errors.New("scram: the server does not know the password")
	// ErrIterations is matched when the server asks for too few or too many iterations, or keys are to be made with fewer than none.
	ErrIterations = errors.New("scram: number of iterations out of bounds")
)

// A ServerError is the reason that a server gave for a refusal.
type ServerError struct{ Reason string }

// Error returns the reason.
func (e *ServerError) Error() string {
	return fmt.Sprintf("scram: refused by the server: %q", e.Reason)
}

// A Client is one login of a client. Its methods are called in order: First, Final, Verify. It is not safe for concurrent use.
type Client struct {
	cfg       ClientConfig
	state     int
	gs2       string
	bare      string // client-first-message-bare
	nonce     string
	signature []byte
}

// NewClient returns a Client. It fails for a name that can't be prepared.
func NewClient(cfg ClientConfig) (*Client, error) {
	if cfg.MinIterations == 0 {
		cfg.MinIterations = DefaultIterations
	}
	if cfg.MaxIterations == 0 {
		cfg.MaxIterations = DefaultMaxIterations
	}
	user, err := saslprep.Prepare(cfg.Username)
	if err != nil {
		return nil, fmt.Errorf("scram: user name: %w", err)
	}
	c := &Client{cfg: cfg, nonce: cfg.nonce}
	if c.nonce == "" {
		c.nonce = nonce()
	}
	switch {
	case cfg.Binding.Name == "":
		c.gs2 = "n,"
	case cfg.NotOffered:
		c.gs2 = "y,"
	default:
		c.gs2 = "p=" + cfg.Binding.Name + ","
	}
	if cfg.Authzid != "" {
		authzid, err := saslprep.Prepare(cfg.Authzid)
		if err != nil {
			return nil, fmt.Errorf("scram: authorization identity: %w", err)
		}
		c.gs2 += "a=" + escapeName(authzid)
	}
	c.gs2 += ","
	c.bare = "n=" + escapeName(user) + ",r=" + c.nonce
	return c, nil
}

// Mechanism returns the name that SASL has for it.
func (c *Client) Mechanism() string {
	if strings.HasPrefix(c.gs2, "p=") {
		return c.cfg.Hash.String() + "-PLUS"
	}
	return c.cfg.Hash.String()
}

func (c *Client) step(n int) error {
	if c.state != n {
		return wrong("client message %d out of turn", n+1)
	}
	c.state++
	return nil
}

// First returns the first message.
func (c *Client) First() (string, error) {
	if err := c.step(0); err != nil {
		return "", err
	}
	return c.gs2 + c.bare, nil
}

// Final takes the server's first message and returns the proof. It hashes as often as the server asks for, within bounds, which may take a good part of a second: not
// on a loop.
func (c *Client) Final(serverFirst string) (string, error) {
	if err := c.step(1); err != nil {
		return "", err
	}
	c.state = -1 // an error is final
	parts, err := attributes(serverFirst)
	if err != nil {
		return "", err
	}
	if reason, ok := value(parts[0], 'e'); ok {
		return "", &ServerError{reason}
	}
	v, err := take(parts, "rsi")
	if err != nil {
		return "", err
	}
	if !isNonce(v[0]) || len(v[0]) <= len(c.nonce) || !strings.HasPrefix(v[0], c.nonce) {
		return "", wrong("the server's nonce does not extend the client's")
	}
	salt, err := b64.DecodeString(v[1])
	if err != nil || len(salt) == 0 {
		return "", wrong("bad salt")
	}
	n, ok := count(v[2])
	if !ok {
		return "", wrong("bad number of iterations")
	}
	if n < c.cfg.MinIterations || n > c.cfg.MaxIterations {
		return "", fmt.Errorf("%w: %d is not between %d and %d", ErrIterations, n, c.cfg.MinIterations, c.cfg.MaxIterations)
	}
	salted, err := saltedPassword(c.cfg.Hash, c.cfg.Password, salt, n)
	if err != nil {
		return "", err
	}
	return c.prove(salted, serverFirst, v[0]), nil
}

func (c *Client) prove(salted []byte, serverFirst, nonce string) string {
	h := c.cfg.Hash
	input := []byte(c.gs2)
	if strings.HasPrefix(c.gs2, "p=") {
		input = append(input, c.cfg.Binding.Data...)
	}
	final := "c=" + b64.EncodeToString(input) + ",r=" + nonce
	auth := c.bare + "," + serverFirst + "," + final
	clientKey := h.mac(salted, "Client Key")
	proof := h.mac(h.sum(clientKey), auth)
	subtle.XORBytes(proof, proof, clientKey)
	c.signature = h.mac(h.mac(salted, "Server Key"), auth)
	c.state = 2
	return final + ",p=" + b64.EncodeToString(proof)
}

// Verify takes the server's last message. Only when it returns nil the server knows the password too, and has accepted the client.
func (c *Client) Verify(serverFinal string) error {
	if err := c.step(2); err != nil {
		return err
	}
	parts, err := attributes(serverFinal)
	if err != nil {
		return err
	}
	if reason, ok := value(parts[0], 'e'); ok {
		return &ServerError{reason}
	}
	v, err := take(parts, "v")
	if err != nil {
		return err
	}
	signature, err := b64.DecodeString(v[0])
	if err != nil || subtle.ConstantTimeCompare(signature, c.signature) != 1 {
		return ErrServer
	}
	return nil
}
