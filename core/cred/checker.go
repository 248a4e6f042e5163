// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred

import (
	"errors"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/protocol"
)

// A Checker finds out whether credentials of the kind C are good, and whose they are. C is a concrete type, or an interface that several kinds implement.
// Twisted: ICredentialsChecker.
//
//   - A wrong secret and an unknown user are both [ErrUnauthorizedLogin], or wrap it, and take the same time.
//   - It doesn't block: loop is where its Deferred belongs; slow work goes to [Workers].
//   - It serves several loops at once, if the program has them: what logins share needs a lock.
//   - The id that it returns is valid.
type Checker[C Credentials] interface {
	RequestAvatarID(loop protocol.Loop, creds C) *deferred.Deferred[AvatarID]
}

// A CheckerFunc is a Checker.
type CheckerFunc[C Credentials] func(loop protocol.Loop, creds C) *deferred.Deferred[AvatarID]

// RequestAvatarID calls f.
func (f CheckerFunc[C]) RequestAvatarID(loop protocol.Loop, creds C) *deferred.Deferred[AvatarID] {
	return f(loop, creds)
}

// AllowAnonymousAccess lets everybody in as [AnonymousID]. Twisted: AllowAnonymousAccess.
type AllowAnonymousAccess struct{}

// RequestAvatarID succeeds.
func (AllowAnonymousAccess) RequestAvatarID(loop protocol.Loop, _ Anonymous) *deferred.Deferred[AvatarID] {
	return deferred.SucceedOn(loop, AnonymousID)
}

// A ChainError has the errors of all checkers of a [Chain].
type ChainError struct{ Errs []error }

// Error joins the texts.
func (e *ChainError) Error() string {
	return "cred: every checker refused: " + errors.Join(e.Errs...).Error()
}

// Unwrap returns the errors.
func (e *ChainError) Unwrap() []error { return e.Errs }

// Chain returns a Checker that asks the given ones in turn until one lets the user in. One that answers [ErrLoginDenied] has the last word. Without any checker it is
// ErrUnauthorizedLogin. A refusal takes as long as all of them, so the order shows only in success.
func Chain[C Credentials](checkers ...Checker[C]) Checker[C] {
	return CheckerFunc[C](func(loop protocol.Loop, creds C) *deferred.Deferred[AvatarID] {
		if len(checkers) == 0 {
			return deferred.FailOn[AvatarID](loop, ErrUnauthorizedLogin)
		}
		return deferred.Go(loop, func(co *deferred.Coroutine) (AvatarID, error) {
			var errs []error
			for _, c := range checkers {
				id, err := deferred.Await(co, c.RequestAvatarID(loop, creds))
				if err == nil {
					return id, nil
				}
				errs = append(errs, err)
				if errors.Is(err, ErrLoginDenied) || errors.Is(err, deferred.ErrCancelled) {
					break
				}
			}
			return AvatarID{}, &ChainError{errs}
		})
	})
}
