// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package syslog sends events to a system log: in the formats of RFC 5424 and RFC 3164, over the local socket, UDP, TCP and TLS, and to systemd's journal in its native form.
//
//	o, err := syslog.New(syslog.Config{})                                                  // the local daemon
//	o, err := syslog.New(syslog.Config{Network: "tcp", Address: "logs.example.org:601"})   // RFC 5424 with octet counting
//	o, err := syslog.NewJournal(syslog.Config{})                                           // systemd-journald
//	log := slog.New(slogadapter.New(o, nil))
//
// Severities: Critical is critical (2), Error error (3), Warn warning (4), Info informational (6), Debug debug (7). In RFC 5424 the fields are structured data, names cut to 32
// octets, and the namespace is the MSGID too, if it fits; in RFC 3164 they follow the message as key=value. In the journal each is a field of its own, in capitals.
// Control octets are escaped everywhere but in the journal, which takes any. A message has at most MaxSize octets; what finds no room is cut or left out.
//
// Events are queued and sent by one goroutine, which connects, and connects again after a loss, with growing pauses. While there is no connection the queue
// fills; what finds no room then is lost, counted, and told by an event as soon as there is one (see package async). A stream may lose what was on its way when the
// connection broke: the protocol has no acknowledgements.
//
// Not supported: the signed messages of RFC 5848, RELP, and the journal's memory files for entries beyond a datagram (MaxSize bounds them).
//
// Twisted: twisted.python.syslog.
//
// # Concurrency
//
// Everything is safe from any goroutine. Observe does not block, but for Queue.CriticalWait.
package syslog
