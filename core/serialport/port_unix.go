// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package serialport

import (
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/internal/fdstream"
	"github.com/torsion-go/torsion/core/internal/loopcheck"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/reactor"
)

// A Reactor is what serial ports need of a reactor: *reactor.Reactor and *reactor.Loop are such.
type Reactor = fdstream.Loop

var _ Reactor = (*reactor.Loop)(nil)

type stream = fdstream.Stream

// A Port is an open serial line, the transport of its protocol. Loop only.
type Port struct {
	*stream
	loop   Reactor
	device string
	fd     int
	before unix.Termios
}

var _ protocol.Transport = (*Port)(nil)

// Open opens a device, sets it to cfg, drops what its buffers hold, and runs p over it, whose ConnectionMade is called before Open returns. Errors are those
// of the system, as *os.PathError for a device that cannot be opened. Loop only. Twisted: SerialPort.
func Open(r Reactor, device string, cfg Config, p protocol.Protocol) (*Port, error) {
	loopcheck.Check(r, "serialport: Open")
	wrong := func(err error) error { return fmt.Errorf("serialport: open %q: %w", device, err) }
	cfg, err := cfg.prepared()
	if err != nil {
		return nil, wrong(err)
	}
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, wrong(&os.PathError{Op: "open", Path: device, Err: err})
	}
	s := &Port{loop: r, device: device, fd: fd}
	t, err := getAttributes(fd)
	if err == nil {
		s.before = *t
		if err = cfg.apply(t); err == nil {
			err = setAttributes(fd, t)
		}
	}
	if err == nil {
		err = flush(fd, true, true)
	}
	if err != nil {
		unix.Close(fd)
		return nil, wrong(err)
	}
	addr := protocol.FromNetAddr(deviceAddr(device))
	fdstream.Attach(fdstream.Config{
		Loop: r, In: fd, Out: fd, Local: addr, Remote: addr, MaxBuffered: cfg.MaxBuffered, Logger: cfg.Logger,
		Self: func(st *fdstream.Stream) protocol.Transport { s.stream = st; return s },
		Close: func() {
			_ = setAttributes(fd, &s.before) // the device may have gone
			unix.Close(fd)
		},
	}, p)
	return s, nil
}

// A deviceAddr is the address of a line: its device.
type deviceAddr string

func (deviceAddr) Network() string  { return "serial" }
func (d deviceAddr) String() string { return string(d) }

// apply makes raw mode with the setting of c of t.
func (c Config) apply(t *unix.Termios) error {
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON | unix.IXOFF | unix.IXANY | unix.INPCK
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag &^= unix.CSIZE | unix.PARENB | unix.PARODD | unix.CSTOPB | unix.CRTSCTS
	t.Cflag |= unix.CREAD | unix.CLOCAL
	switch c.DataBits {
	case 5:
		t.Cflag |= unix.CS5
	case 6:
		t.Cflag |= unix.CS6
	case 7:
		t.Cflag |= unix.CS7
	case 8:
		t.Cflag |= unix.CS8
	}
	if c.Parity != NoParity {
		t.Cflag |= unix.PARENB
		t.Iflag |= unix.INPCK
	}
	if c.Parity == OddParity {
		t.Cflag |= unix.PARODD
	}
	if c.StopBits == 2 {
		t.Cflag |= unix.CSTOPB
	}
	if c.XONXOFF {
		t.Iflag |= unix.IXON | unix.IXOFF
	}
	if c.RTSCTS {
		t.Cflag |= unix.CRTSCTS
	}
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	setSpeed(t, c.Baud)
	return nil
}

// do runs f, unless the port is closed.
func (s *Port) do(what string, f func() error) error {
	loopcheck.Check(s.loop, "serialport: Port."+what)
	err := error(net.ErrClosed)
	if !s.Ended() {
		err = f()
	}
	if err != nil {
		return fmt.Errorf("serialport: %s of %q: %w", what, s.device, err)
	}
	return nil
}

// Device returns the path that was opened. Immutable.
func (s *Port) Device() string { return s.device }

// SetBaudRate changes the rate, in bits a second.
func (s *Port) SetBaudRate(baud int) error {
	return s.do("SetBaudRate", func() error {
		if _, err := (Config{Baud: baud}).prepared(); err != nil || baud == 0 {
			return fmt.Errorf("%d baud", baud)
		}
		t, err := getAttributes(s.fd)
		if err != nil {
			return err
		}
		setSpeed(t, baud)
		return setAttributes(s.fd, t)
	})
}

// BaudRate returns the rate, in bits a second.
func (s *Port) BaudRate() (baud int, err error) {
	err = s.do("BaudRate", func() error {
		t, err := getAttributes(s.fd)
		if err == nil {
			baud = int(t.Ospeed)
		}
		return err
	})
	return baud, err
}

// InWaiting returns how many bytes were received and not read yet, as when the port is paused.
func (s *Port) InWaiting() (n int, err error) {
	err = s.do("InWaiting", func() (err error) {
		n, err = unix.IoctlGetInt(s.fd, inQueue)
		return err
	})
	return n, err
}

// FlushInput drops what was received and not read yet.
func (s *Port) FlushInput() error {
	return s.do("FlushInput", func() error { return flush(s.fd, true, false) })
}

// FlushOutput drops what the system has not sent yet. What waits in this process still leaves.
func (s *Port) FlushOutput() error {
	return s.do("FlushOutput", func() error { return flush(s.fd, false, true) })
}

// BreakTime is how long SendBreak holds the line.
const BreakTime = 250 * time.Millisecond

// SendBreak sends a break of BreakTime. The Deferred fires when it is over.
func (s *Port) SendBreak() *deferred.Deferred[struct{}] {
	if err := s.do("SendBreak", func() error { return unix.IoctlSetInt(s.fd, unix.TIOCSBRK, 0) }); err != nil {
		return deferred.FailOn[struct{}](s.loop, err)
	}
	d := deferred.New[struct{}](s.loop)
	s.loop.CallLater(BreakTime, func() {
		if err := s.do("SendBreak", func() error { return unix.IoctlSetInt(s.fd, unix.TIOCCBRK, 0) }); err != nil {
			d.Errback(err)
			return
		}
		d.Callback(struct{}{})
	})
	return d
}

// ModemLines returns the inputs of the line. Twisted: getCTS, getDSR, getRI, getCD.
func (s *Port) ModemLines() (m ModemLines, err error) {
	err = s.do("ModemLines", func() error {
		bits, err := unix.IoctlGetInt(s.fd, unix.TIOCMGET)
		m = ModemLines{CTS: bits&unix.TIOCM_CTS != 0, DSR: bits&unix.TIOCM_DSR != 0, RI: bits&unix.TIOCM_RI != 0, CD: bits&unix.TIOCM_CD != 0}
		return err
	})
	return m, err
}

// SetDTR sets the output "data terminal ready".
func (s *Port) SetDTR(on bool) error {
	return s.do("SetDTR", func() error { return s.setLine(unix.TIOCM_DTR, on) })
}

// SetRTS sets the output "request to send".
func (s *Port) SetRTS(on bool) error {
	return s.do("SetRTS", func() error { return s.setLine(unix.TIOCM_RTS, on) })
}

func (s *Port) setLine(bit int, on bool) error {
	req := uint(unix.TIOCMBIC)
	if on {
		req = unix.TIOCMBIS
	}
	return unix.IoctlSetPointerInt(s.fd, req, bit)
}
