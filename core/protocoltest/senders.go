// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocoltest

import "github.com/torsion-go/torsion/core/protocol"

// A LineSending protocol writes its lines, CRLF added, when the connection is made, and keeps what it receives. Twisted: LineSendingProtocol.
type LineSending struct {
	Accumulating
	Lines []string
	// Keep leaves the connection open after the lines; otherwise it is closed.
	Keep bool
}

// ConnectionMade writes the lines.
func (l *LineSending) ConnectionMade(t protocol.Transport) {
	l.Accumulating.ConnectionMade(t)
	for _, line := range l.Lines {
		t.Write([]byte(line + "\r\n"))
	}
	if !l.Keep {
		t.LoseConnection()
	}
}

// A NonStreamingProducer is a pull producer that writes the decimal digits 0 to 9, one a Resume, and then unregisters. Twisted: NonStreamingProducer.
type NonStreamingProducer struct {
	Consumer protocol.Consumer
	Stopped  error // the reason given to Stop
	counter  byte
}

// Pause panics: nothing may pause a pull producer.
func (p *NonStreamingProducer) Pause() { panic("protocoltest: Pause of a pull producer") }

// Resume writes a digit.
func (p *NonStreamingProducer) Resume() {
	if p.Consumer == nil {
		return
	}
	p.counter++
	p.Consumer.Write([]byte{'0' + p.counter - 1})
	if p.counter == 10 {
		p.Consumer.UnregisterProducer()
		p.Consumer = nil
	}
}

// Stop keeps the reason and ends the producer.
func (p *NonStreamingProducer) Stop(reason error) {
	p.Stopped = reason
	p.Consumer = nil
}
