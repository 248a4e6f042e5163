// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build !windows

package poll

// common makes err match the error numbers that all systems share: here it does.
func common(err error) error { return err }

// refusal is the error of a socket with a peer whose datagram met a closed port.
func refusal(err error) error { return err }
