package ledger

import (
	"encoding/binary"
	"hash/crc32"
	"time"
)

// The body of a row of the intents table: its number, the intents one after another, and a CRC-32C of
// all that in four bytes. Numbers are varints; texts follow their length.

func encodeIntents(group int64, intents []Intent) []byte { return appendIntents(nil, group, intents) }

// appendIntents appends the body of a row to b, which is empty.
func appendIntents(b []byte, group int64, intents []Intent) []byte {
	b = binary.AppendVarint(b, group)
	for i := range intents {
		in := &intents[i]
		for _, s := range [...]string{in.Step, in.Key, in.Object, in.ExternalID, in.KustomerID, in.Place.Source, in.RunID, in.Ref, in.Job} {
			b = appendString(b, s)
		}
		b = append(b, in.Hash[:]...)
		for _, n := range [...]int64{int64(in.Place.Line), int64(in.Attempt), in.At.UnixMilli()} {
			b = binary.AppendVarint(b, n)
		}
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeIntents(group int64, body []byte) ([]Intent, error) {
	end := len(body) - crc32.Size
	if end < 0 || crc32.Checksum(body[:end], castagnoli) != binary.LittleEndian.Uint32(body[end:]) {
		return nil, damageError("a record of rows that were begun is not as it was written")
	}
	d := decoder{rest: body[:end]}
	if d.number() != group {
		return nil, damageError("a record of rows that were begun has changed its place")
	}
	var intents []Intent
	for len(d.rest) > 0 && !d.failed {
		in := Intent{Step: d.string(), Key: d.string(), Object: d.string(), ExternalID: d.string(), KustomerID: d.string()}
		in.Place.Source, in.RunID, in.Ref, in.Job = d.string(), d.string(), d.string(), d.string()
		copy(in.Hash[:], d.take(len(in.Hash)))
		in.Place.Line, in.Attempt = int(d.number()), int(d.number())
		in.At = time.UnixMilli(d.number()).UTC()
		intents = append(intents, in)
	}
	if d.failed {
		return nil, damageError("a record of rows that were begun ends too early")
	}
	return intents, nil
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decoder reads from the front of rest. After a failure it reads zero values.
type decoder struct {
	rest   []byte
	failed bool
}

func (d *decoder) take(n int) []byte {
	if d.failed || n > len(d.rest) {
		d.failed = true
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) string() string {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 || n > uint64(len(d.rest)-size) {
		d.failed = true
		return ""
	}
	d.take(size)
	return string(d.take(int(n)))
}

func (d *decoder) number() int64 {
	n, size := binary.Varint(d.rest)
	if size <= 0 {
		d.failed = true
		return 0
	}
	d.take(size)
	return n
}
