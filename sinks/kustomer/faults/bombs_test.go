package faults

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"time"
)

// bombs reads sources that are small on disk and huge when they are unpacked, or damaged.
func bombs(tr *trial) string {
	row := strings.Repeat("1,"+strings.Repeat("a", 200)+",a@b.example,1\n", 1000)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte("id,name,email,score\n")) // to memory
	for range 200 {
		_, _ = z.Write([]byte(row))
	}
	_ = z.Close()
	tr.writeRows("bomb.csv.gz", packed.String())
	tr.bomb("gzip", "bomb.csv.gz", "max_unpacked: 1MB")
	tr.writeRows("cut.csv.gz", packed.String()[:packed.Len()/2])
	tr.bomb("cut gzip", "cut.csv.gz", "")

	const cells = `<c r="A%[1]d" t="inlineStr"><is><t>id</t></is></c><c r="B%[1]d" t="inlineStr"><is><t>name</t></is></c>` +
		`<c r="C%[1]d" t="inlineStr"><is><t>email</t></is></c><c r="D%[1]d" t="inlineStr"><is><t>score</t></is></c>`
	header := `<row r="1">` + fmt.Sprintf(cells, 1) + `</row>`
	for what, sheet := range map[string]string{
		"a row far away":    header + `<row r="2147483647"><c r="A2147483647"><v>1</v></c></row>`,
		"a column far away": header + `<row r="2"><c r="ZZZZZZ2"><v>1</v></c></row>`,
		"a huge cell":       header + `<row r="2"><c r="A2" t="inlineStr"><is><t>` + strings.Repeat("x", 300<<20) + `</t></is></c></row>`,
		"an entity":         `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` + header + `<row r="2"><c t="inlineStr"><is><t>&b;</t></is></c></row>`,
		"no end":            header + strings.Repeat(`<row r="2">`, 1000),
	} {
		tr.writeRows("bomb.xlsx", workbook(sheet))
		tr.bomb("workbook with "+what, "bomb.xlsx", "")
	}
	tr.writeRows("bomb.xlsx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+strings.Repeat("\x00", 1000))
	tr.bomb("encrypted workbook", "bomb.xlsx", "")
	tr.writeRows("bomb.xlsx", workbook(header)[:200])
	tr.bomb("cut workbook", "bomb.xlsx", "")
	return tr.restore("9 files refused, each within 30 s and 256 MiB")
}

// bomb reads a file as the customers: it must end in an error and load nothing of it, soon and in
// little memory.
func (tr *trial) bomb(what, path, options string) {
	tr.t.Helper()
	from := "from: { path: " + path + " }"
	if options != "" {
		from = "from: { path: " + path + ", " + options + " }"
	}
	whole := tr.s.pipeline()
	tr.writePipeline(strings.Replace(whole, "from: customers.csv", from, 1))
	res := tr.start(command{args: tr.args("run", "--json", "--dry-run")})
	tr.expect(res.exit == 4 || res.exit == 2 || res.exit == 1, "%s: exit %d: %s %+v", what, res.exit, res.message(), res.json.Summary.counters)
	tr.expect(res.took < 30*time.Second && res.memory < 256<<20, "%s: %v and %d MiB", what, res.took, res.memory>>20)
	tr.expect(!strings.Contains(res.out+res.err, "goroutine "), "%s: kustsync crashed: %s", what, tail(res.err))
}

// workbook is an xlsx with one sheet.
func workbook(sheet string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range []struct{ name, text string }{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + sheet + `</sheetData></worksheet>`},
	} {
		w, err := z.Create(part.name)
		if err != nil {
			continue // to memory
		}
		_, _ = w.Write([]byte(part.text))
	}
	_ = z.Close()
	return b.String()
}
