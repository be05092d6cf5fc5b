package ledger

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"time"
)

// group is intents that were begun together: a row of the intents table.
type group struct {
	number  int64
	intents []Intent
}

// The body of a group's row is its number, the intents one after another, and a CRC-32C of all that in four bytes.
// Numbers are varints; texts follow their length.

// appendGroup appends the body of a group's row to b, which is empty.
func appendGroup(b []byte, g group) []byte {
	b = binary.AppendVarint(b, g.number)
	for i := range g.intents {
		in := &g.intents[i]
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

// decodeGroup reads the body of the row with a number.
func decodeGroup(number int64, body []byte) ([]Intent, error) {
	end := len(body) - crc32.Size
	if end < 0 || crc32.Checksum(body[:end], castagnoli) != binary.LittleEndian.Uint32(body[end:]) {
		return nil, damageError("a record of rows that were begun is not as it was written")
	}
	d := decoder{rest: body[:end]}
	if d.number() != number {
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

// groupRow is a row of the intents table as it is stored.
type groupRow struct {
	number int64
	body   []byte
}

// readGroups reads the intents table, the oldest first.
func readGroups(ctx context.Context, q querier) ([]groupRow, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, body FROM intents ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	var groups []groupRow
	for rows.Next() {
		var g groupRow
		if err := rows.Scan(&g.number, &g.body); err != nil {
			return nil, err
		}
		groups = append(groups, g)
	}
	return groups, rows.Err()
}
