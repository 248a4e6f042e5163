// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package password

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/bcrypt"
)

// maxBcrypt is how many bytes of a password bcrypt sees. Longer ones are refused, rather than cut.
const maxBcrypt = 72

// Bcrypt is the scheme of OpenBSD, as in htpasswd -B. It takes passwords of 72 bytes at most.
type Bcrypt struct {
	// Cost is the logarithm of the work, 4 to 31. 0 means 12.
	Cost int
}

func (b Bcrypt) cost() int {
	if b.Cost == 0 {
		return 12
	}
	return b.Cost
}

// Hash returns the hash of password.
func (b Bcrypt) Hash(password string) (string, error) {
	if len(password) > maxBcrypt {
		return "", ErrTooLong
	}
	if c := b.cost(); c < bcrypt.MinCost || c > bcrypt.MaxCost {
		return "", fmt.Errorf("password: bcrypt cost %d is not between %d and %d", c, bcrypt.MinCost, bcrypt.MaxCost)
	}
	h, err := bcrypt.GenerateFromPassword([]byte(password), b.cost())
	if err != nil {
		return "", fmt.Errorf("password: bcrypt: %w", err)
	}
	return string(h), nil
}

func (b Bcrypt) matches(h hash) bool {
	p, ok := h.(*bcryptHash)
	return ok && p.rounds == b.cost()
}

type bcryptHash struct {
	text   string
	rounds int
}

func parseBcrypt(stored string) (hash, error) {
	if len(stored) != 60 || stored[3] != '$' || stored[6] != '$' || stored[2] != 'a' && stored[2] != 'b' && stored[2] != 'y' {
		return nil, malformed("bcrypt", "60 characters that begin with $2a$, $2b$ or $2y$ are needed")
	}
	n, err := bcrypt.Cost([]byte(stored))
	if err != nil {
		return nil, malformed("bcrypt", err.Error())
	}
	return &bcryptHash{stored, n}, nil
}

func (h *bcryptHash) cost(l Limits) error {
	if h.rounds > l.BcryptCost {
		return tooCostly("bcrypt cost %d, %d is allowed", h.rounds, l.BcryptCost)
	}
	return nil
}

func (h *bcryptHash) verify(password string) error {
	if len(password) > maxBcrypt {
		return ErrTooLong
	}
	switch err := bcrypt.CompareHashAndPassword([]byte(h.text), []byte(password)); {
	case err == nil:
		return nil
	case errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		return ErrMismatch
	default:
		return malformed("bcrypt", err.Error())
	}
}
