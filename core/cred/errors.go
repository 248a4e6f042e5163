// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cred

import (
	"errors"
	"log/slog"
)

// The classes of failure. Test with errors.Is: ErrUnauthorizedLogin is also ErrLoginFailed and ErrUnauthorized, ErrUnhandledCredentials and ErrLoginDenied are also
// ErrLoginFailed.
var (
	// ErrUnauthorized is matched where an identity lacks a right. Twisted: Unauthorized.
	ErrUnauthorized = errors.New("cred: unauthorized")
	// ErrLoginFailed is matched by every error of [Portal.Login]. Twisted: LoginFailed.
	ErrLoginFailed = errors.New("cred: login failed")
	// ErrUnauthorizedLogin is what checkers return for an unknown user and for a wrong secret alike. Twisted: UnauthorizedLogin.
	ErrUnauthorizedLogin error = &class{"cred: unauthorized login", []error{ErrLoginFailed, ErrUnauthorized}}
	// ErrUnhandledCredentials tells that no checker takes credentials of this kind. Twisted: UnhandledCredentials.
	ErrUnhandledCredentials error = &class{"cred: no checker for these credentials", []error{ErrLoginFailed}}
	// ErrLoginDenied tells that the user is known but may not come in: locked out, or at the wrong time. It ends a [Chain]. Twisted: LoginDenied.
	ErrLoginDenied error = &class{"cred: login denied", []error{ErrLoginFailed}}
	// ErrBusy is returned when too many logins wait already; see [Workers].
	ErrBusy error = &class{"cred: too many logins under way", []error{ErrLoginFailed}}
)

// A class is an error that belongs to others.
type class struct {
	text    string
	parents []error
}

func (c *class) Error() string   { return c.text }
func (c *class) Unwrap() []error { return c.parents }

// An Error is a failed login. Its text is the same for all causes, so that a server which shows it to the user tells nothing; the cause is for the log, by
// [Error.Unwrap] and as the value that slog prints.
type Error struct {
	// Err is the cause.
	Err error
}

// Error returns "cred: login failed".
func (e *Error) Error() string { return ErrLoginFailed.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is ErrLoginFailed.
func (e *Error) Is(target error) bool { return target == ErrLoginFailed }

// LogValue returns the cause, for the log.
func (e *Error) LogValue() slog.Value {
	if e.Err == nil {
		return slog.StringValue(e.Error())
	}
	return slog.StringValue(e.Err.Error())
}

func asError(err error) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		return err
	}
	return &Error{Err: err}
}
