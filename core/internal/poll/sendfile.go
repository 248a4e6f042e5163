// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package poll

// A FileSender is a Stream that can send files. Readiness pollers have it where the system does.
type FileSender interface {
	// SendFile sends v and, behind it, count bytes (at least one) of a file from offset, as much of both as the system takes at once, and returns how much
	// that was. Nothing stays lent. When it is less than offered and err is nil, Sent(0, nil) tells when to try again. io.EOF tells that the file is
	// too short. It is not called while a Send is outstanding. It waits for the disk where [FileResident] does not promise otherwise.
	SendFile(v [][]byte, file uintptr, offset int64, count int) (n int, err error)
}
