// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package libkqueue is the kqueue of the C library libkqueue on Linux, for tests of what is made for macOS and the BSDs. It is empty without the build tag libkqueue,
// which needs cgo and what pkg-config calls libkqueue:
//
//	go test -tags libkqueue ./internal/poll -run /libkqueue
//	go test -tags libkqueue ./reactor -run TestConformanceForeign/libkqueue -skip '//(PeerResets|ConnectFails|UDPConnected)'
//
// The library has to be told of a descriptor before that is closed, it takes the error that waits on a socket with the event that tells of it, it has low marks of
// sockets instead of filters, and its queue cannot be polled; the tests know that.
package libkqueue
