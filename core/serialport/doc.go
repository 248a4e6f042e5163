// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package serialport talks to serial lines on the loop.
//
// # Typical use
//
//	port, err := serialport.Open(r, "/dev/ttyUSB0", serialport.Config{Baud: 115200}, myProtocol)
//
// # Nouns
//
// A [Port] is a protocol.Transport over a terminal device in raw mode, with what serial lines have besides: the rate, breaks, modem lines. A [Config] is the line's
// setting. The protocol's transport is the *Port.
//
// A device that goes away ends the connection with protocol.ErrConnectionLost, a line that is hung up with io.EOF. The former setting of the device comes back when it is
// closed. There is no half-close: LoseWriteConnection only makes later writes fail.
//
// # Concurrency
//
// Everything is loop only. Open does not wait for a carrier; it, and the methods that change the setting, are a few system calls.
//
// Linux, macOS and the BSDs; elsewhere Open returns an error that matches errors.ErrUnsupported.
//
// # Twisted names
//
// twisted.internet.serialport.SerialPort: inWaiting is [Port.InWaiting], getDSR and the like [Port.ModemLines], setDTR [Port.SetDTR].
package serialport
