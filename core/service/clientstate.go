// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package service

import "fmt"

// A ClientState is where a Client stands; see there for what leads from one to the next.
type ClientState uint8

// The states of a Client.
const (
	ClientInit          ClientState = iota
	ClientConnecting                // an attempt is under way, or a connection is being prepared
	ClientWaiting                   // for the next attempt
	ClientConnected                 //
	ClientDisconnecting             // stopped, but not all is gone
	ClientRestarting                // the same, and started again
	ClientStopped                   //
)

var clientStateNames = [...]string{"init", "connecting", "waiting", "connected", "disconnecting", "restarting", "stopped"}

// String returns the name, such as "connecting".
func (s ClientState) String() string {
	if int(s) < len(clientStateNames) {
		return clientStateNames[s]
	}
	return fmt.Sprintf("ClientState(%d)", uint8(s))
}
