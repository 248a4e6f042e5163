// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package core_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/core/protocoltest"
	"github.com/torsion-go/torsion/core/serialport"
	"github.com/torsion-go/torsion/trial"
	"github.com/torsion-go/torsion/trial/assert"
)

// line joins two terminals, as a null-modem cable does.
func line(tc *trial.Case) (a, b string) {
	tc.Helper()
	socat, err := exec.LookPath("socat")
	if err != nil {
		tc.Skip("socat is missing (Debian: apt-get install socat)")
	}
	dir := tc.TempDir()
	a, b = filepath.Join(dir, "a"), filepath.Join(dir, "b")
	cmd := exec.Command(socat, "-d", "-d", "pty,raw,echo=0,link="+a, "pty,raw,echo=0,link="+b)
	stderr, err := cmd.StderrPipe()
	assert.NoError(tc, err)
	assert.NoError(tc, cmd.Start())
	tc.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	said := ""
	for buf := make([]byte, 4096); !strings.Contains(said, "starting data transfer loop"); {
		n, err := stderr.Read(buf)
		said += string(buf[:n])
		assert.NoError(tc, err, "socat: %s", said)
	}
	return a, b
}

func TestSerialPort(t *testing.T) {
	trial.EachPoller(t, func(tc *trial.Case) {
		r := tc.Reactor()
		a, b := line(tc)
		var one, two protocoltest.Accumulating
		port, err := serialport.Open(r, a, serialport.Config{Baud: 115200, Parity: serialport.EvenParity, StopBits: 2, XONXOFF: true}, &one)
		assert.NoError(tc, err)
		_, err = serialport.Open(r, b, serialport.Config{}, &two)
		assert.NoError(tc, err)
		if tr, ok := protocol.As[*serialport.Port](one.Transport()); !ok || tr != port || port.Device() != a || port.LocalAddr().String() != a {
			tc.Errorf("transport %v", one.Transport())
		}
		if baud, err := port.BaudRate(); err != nil || baud != 115200 {
			tc.Errorf("%d baud, %v", baud, err)
		}
		assert.NoError(tc, port.SetBaudRate(57600))
		assert.NoError(tc, port.FlushOutput())
		if err := port.SetBaudRate(-1); err == nil {
			tc.Error("-1 baud")
		}
		if baud, err := port.BaudRate(); err != nil || baud != 57600 {
			tc.Errorf("%d baud, %v", baud, err)
		}
		port.Write([]byte("ping\x03\x04\r\n"))
		tc.Until(func() bool { return two.Len() >= 8 })
		two.Transport().Write([]byte("pong\n"))
		tc.Until(func() bool { return one.Len() >= 5 })
		assert.Equal(tc, string(two.Data()), "ping\x03\x04\r\n")
		assert.Equal(tc, string(one.Data()), "pong\n")
		port.LoseConnection()
		tc.Until(func() bool { return one.Reason() != nil })
		assert.ErrorIs(tc, one.Reason(), net.ErrClosed)
		_, err = port.InWaiting()
		assert.ErrorIs(tc, err, net.ErrClosed)
		two.Transport().AbortConnection()
		tc.Until(func() bool { return two.Reason() != nil })
	})
}

// What comes while the port is paused waits in the system, and can be counted and dropped.
func TestSerialInputWaits(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		a, b := line(tc)
		other, err := os.OpenFile(b, os.O_RDWR, 0)
		assert.NoError(tc, err)
		defer other.Close()
		acc := &protocoltest.Accumulating{OnMade: func(tr protocol.Transport) { tr.Pause() }}
		port, err := serialport.Open(tc.Reactor(), a, serialport.Config{}, acc)
		assert.NoError(tc, err)
		defer port.AbortConnection()
		_, err = other.WriteString("hello")
		assert.NoError(tc, err)
		tc.Until(func() bool {
			n, err := port.InWaiting()
			assert.NoError(tc, err)
			return n == 5
		})
		assert.NoError(tc, port.FlushInput())
		if n, err := port.InWaiting(); n != 0 || err != nil || acc.Len() != 0 {
			tc.Errorf("%d bytes wait, %v, %d were read", n, err, acc.Len())
		}
		port.Resume()
		if _, err := port.ModemLines(); err == nil {
			tc.Error("a terminal without a line has modem lines")
		}
		if port.SetDTR(true) == nil || port.SetRTS(false) == nil {
			tc.Error("a terminal without a line has modem lines")
		}
		trial.Must(tc, port.SendBreak())
		_, err = other.WriteString("again")
		assert.NoError(tc, err)
		tc.Until(func() bool { return acc.Len() >= 5 })
		assert.Equal(tc, string(acc.Data()), "again")
	})
}

func TestSerialOpenErrors(t *testing.T) {
	trial.Run(t, func(tc *trial.Case) {
		r := tc.Reactor()
		plain := filepath.Join(tc.TempDir(), "plain")
		assert.NoError(tc, os.WriteFile(plain, nil, 0o600))
		var acc protocoltest.Accumulating
		if _, err := serialport.Open(r, plain+"x", serialport.Config{}, &acc); !errors.Is(err, fs.ErrNotExist) {
			tc.Error(err)
		}
		if _, err := serialport.Open(r, plain, serialport.Config{}, &acc); err == nil || !strings.Contains(err.Error(), plain) {
			tc.Error(err)
		}
		for _, cfg := range []serialport.Config{{Baud: -1}, {DataBits: 9}, {DataBits: 4}, {StopBits: 3}, {Parity: 7}} {
			if _, err := serialport.Open(r, plain, cfg, &acc); err == nil {
				tc.Errorf("%+v is taken", cfg)
			}
		}
		if acc.Events() != nil {
			tc.Error(acc.Events())
		}
	})
}
