// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package mail will be Torsion's module for SMTP, POP3, IMAP4, Maildir and a relay queue: servers and clients for SMTP, POP3 and IMAP4, Maildir storage, aliases, and a relay queue that keeps its promises.
//
// It holds nothing yet.
package mail
