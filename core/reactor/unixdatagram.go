// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package reactor

import (
	"errors"
	"io/fs"

	"github.com/torsion-go/torsion/core/internal/poll"
	"github.com/torsion-go/torsion/core/protocol"
)

// UNIXDatagramOptions tell how a UNIX datagram port works. The zero value is ready to use.
type UNIXDatagramOptions struct {
	// MaxSize is as in PacketOptions.
	MaxSize int
	// Mode is the permission of the socket's file. 0 means DefaultSocketMode. On Linux the file never has more; elsewhere it has the umask's for the moment between
	// being made and being given its own: where that matters, put the socket into a directory that only its users can enter.
	Mode fs.FileMode
	// Bind is the path of the local socket of ConnectUNIXDatagram; without one the peer cannot answer.
	Bind string
}

// ListenUNIXDatagram opens a UNIX datagram socket; a path that begins with a NUL byte is an abstract name. The file is removed when the port stops.
// Errors are *protocol.CannotListenError. Twisted: listenUNIXDatagram. Loop only.
func (l *Loop) ListenUNIXDatagram(path string, p protocol.DatagramProtocol, opt UNIXDatagramOptions) (*DatagramPort, error) {
	if path == "" {
		return nil, cannotListen(path, errors.New("no path"))
	}
	return l.unixDatagram("reactor: ListenUNIXDatagram", path, protocol.Addr{}, p, opt)
}

// ConnectUNIXDatagram opens a UNIX datagram socket whose peer is the one at path, bound to opt.Bind if that is given. Twisted: connectUNIXDatagram. Loop
// only.
func (l *Loop) ConnectUNIXDatagram(path string, p protocol.DatagramProtocol, opt UNIXDatagramOptions) (*DatagramPort, error) {
	peer := protocol.UNIXDatagramAddr(path)
	return l.unixDatagram("reactor: ConnectUNIXDatagram", opt.Bind, peer, p, opt)
}

func (l *Loop) unixDatagram(what, path string, peer protocol.Addr, p protocol.DatagramProtocol, opt UNIXDatagramOptions) (*DatagramPort, error) {
	d := &DatagramPort{loop: l, proto: p, file: newSocketFile(path, false), private: peer.IsValid()}
	d.self = d
	cfg := &poll.PacketConfig{Network: "unixgram", Address: path, MaxSize: opt.MaxSize, Mode: socketMode(opt.Mode)}
	where := protocol.UNIXDatagramAddr(path).String()
	if err := d.bind(what, where, cfg); err != nil {
		return nil, err
	}
	if peer.IsValid() {
		if err := d.Connect(peer); err != nil {
			d.release()
			return nil, err
		}
	}
	d.start()
	return d, nil
}
