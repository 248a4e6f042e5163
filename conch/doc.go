// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package conch will be Torsion's module for SSH, SFTP, telnet, terminals and manhole: an SSH server and client on the loop with keys, certificates and cred logins, SFTP over io/fs, telnet, insults-style terminals, and the manhole.
//
// It holds nothing yet.
package conch
