// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package protocol

import "os"

// A FileSender is a Transport that sends files without copying them through the program, by sendfile(2) or the like.
//
// It is an ability of a transport as it is, not of what lies below it: a layer that encrypts, counts or delays what is written must not be passed by. So [As]
// does not look through wrappers for it, and a transport that has been given a layer answers errors.ErrUnsupported. Who uses it is ready to read and
// to Write instead:
//
//	if s, ok := protocol.As[protocol.FileSender](t); ok {
//		err := s.SendFile(f, 0, size, done)
//		if !errors.Is(err, errors.ErrUnsupported) {
//			return err
//		}
//	}
//	// read f in a thread, and Write
//
// What it saves is the copy: from some 64 KiB on it is cheaper than to read and to Write, and for a file of few KiB that is in memory it is dearer.
//
// Rules for those who implement one, checked by protocoltest.TestTransport:
//
//   - SendFile never blocks, not for the disk either, and calls neither done nor a method of the protocol.
//   - The bytes leave behind those of earlier writes and before those of later ones.
//   - For LoseConnection, LoseWriteConnection and producers the bytes wait like written ones: a push producer is paused inside a SendFile that makes more than
//     HighWater bytes wait. [BufferedTransport]'s Buffered counts them, but its bound does not: they take no memory.
//   - done is called exactly once, on the loop, from no other callback, before ConnectionLost.
type FileSender interface {
	// SendFile sends n bytes of f from offset. When the last of them has been handed to the system it calls done, which may be nil, with n and nil; when the
	// connection ends before, with how many bytes have been and the error. f stays the caller's, who keeps it open until done and does
	// not shorten it: what was announced cannot be sent then, so the connection is aborted, by an error that matches io.ErrUnexpectedEOF. Its offset of
	// reading is neither used nor changed.
	//
	// An error means that nothing was taken and done is not called: net.ErrClosed as for Write; one that matches errors.ErrUnsupported where this transport
	// cannot, or not with this file, which has to be a regular one; io.ErrUnexpectedEOF when the file is shorter than offset+n; ErrBufferOverflow when
	// 1024 files wait already. Loop only.
	SendFile(f *os.File, offset, n int64, done func(sent int64, err error)) error
}
