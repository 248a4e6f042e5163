// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package form reads the forms that requests carry in their bodies: urlencoded ones and multipart/form-data, with files of any size.
//
// # Typical use
//
//	web.Methods{"POST": func(r *web.Request) {
//		web.Later(r, form.Parse(r, form.Config{MaxSize: 1 << 30}), func(f *form.Form) {
//			fmt.Fprintf(r, "%s sent %d files", f.Values.Get("name"), len(f.Files["upload"]))
//		})
//	}}
//
// Later answers what is wrong with the form: 400, 413 or 415.
//
// # The nouns
//
//   - [Parse] reads a whole [Form]. Small files stay in memory, large ones go to temporary files, which are removed at the end of the request: [File.Move] keeps one.
//   - [Stream] hands the parts of a multipart form over as they come, each to a writer of the application's.
//   - A [Config] holds the limits.
//
// The method does not matter: PUT and PATCH carry forms as POST does. The values of the query are [web.Request.Args], they are not mixed with those of the form.
//
// # Protection
//
// Parts, their headers, values, files and the whole are bounded; what exceeds a bound is 413. A body that is malformed in any way is 400: no or a wrong boundary, a bare LF,
// a missing end, a part without a name, multipart inside of multipart, a coding. The name of a file is the last element of what the client sent: it holds no slash or backslash, and is not
// "." or "..". The type of a file is what the client says, no more.
//
// # Concurrency
//
// Parse and Stream are loop only, and so is all that they call. Disks are not waited for on the loop: files are written by the threads of the loop, and the client is held up meanwhile;
// on a loop without threads, as in tests, they are written at once. The methods of File that read or move it block: call them by deferred.ToThread.
//
// # Standards
//
// RFC 7578 (multipart/form-data), RFC 2046 section 5.1 (multipart), the WHATWG's URL standard (urlencoded). Not supported: filename*, which RFC 7578 forbids, and charsets other than UTF-8, which is
// taken for granted.
//
// Twisted: Request.args, content.
package form
