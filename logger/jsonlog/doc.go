// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

// Package jsonlog writes events as JSON text sequences and reads them again, in the form of Twisted's JSON log files: each reads the files of the other.
//
// Typical use:
//
//	logger.GlobalBeginner().Begin(logger.BeginConfig{}, jsonlog.NewObserver(file, jsonlog.Options{}))
//
//	for e, err := range jsonlog.NewReader(file, jsonlog.ReadConfig{}).Events() {
//		...
//		fmt.Print(format.Classic(e, format.Options{}))
//	}
//
// An [Observer] writes a record for each event: the octet 1E, an object, a line break (RFC 7464, section 2.2; "jq --seq" reads it), or plain NDJSON. The object has the event's fields, then what every event has
// under Twisted's names (log_level, log_namespace, log_format, log_time, ...), then "log_flattened", the texts and values of the fields that the format names, so that the text can be made without
// the objects. Output is ASCII. Levels and failures are objects with "__class_uuid__".
//
// A [Reader] finds the separator out, logs and skips what it cannot read, and bounds what it holds. An object with an unknown "__class_uuid__" stays a group. [Follow] reads on while the file
// grows and over its rotation, [SeekTime] finds a time in a large file.
//
// Differences from Twisted: the message of a failure is kept, as its member "message"; an error, and a value with MarshalText or String, is text instead of {"unpersistable": true}; an event is 64 KiB
// at most; fields that cannot be resolved are left out of log_flattened instead of stopping the observer.
//
// # Concurrency
//
// An Observer is safe from any goroutine. A Reader, and the iterators, are for one goroutine at a time. Reading blocks: do it off the reactor's loop.
//
// Not supported: ECS and OTLP shapes.
package jsonlog
