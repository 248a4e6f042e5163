// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poll

import (
	"github.com/torsion-go/torsion/core/internal/sys"
	"github.com/torsion-go/torsion/core/protocol"
)

// packets is the memory that the datagram sockets of a loop share.
type packets struct{ in *sys.RecvBatch }

// gather leaves each datagram to be sent by a call of its own.
func (*packet) gather([]byte, protocol.Addr) (bool, error) { return false, nil }

func (*packet) flush()  {}
func (*packets) flush() {}

// receiveCall is the call that receives datagrams.
const receiveCall = "recvfrom"
