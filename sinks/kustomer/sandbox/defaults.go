package sandbox

// defaults are the attributes that an answer shows when nothing set them (kustomer-api.md 5.3,
// 6.4, 7.3).
var defaults = [kinds][]member{
	customer: members(document{
		"name": nil, "externalId": nil, "externalIds": raw("[]"), "sharedExternalIds": raw("[]"),
		"emails": raw("[]"), "sharedEmails": raw("[]"), "phones": raw("[]"), "sharedPhones": raw("[]"),
		"whatsapps": raw("[]"), "facebookIds": raw("[]"), "instagramIds": raw("[]"),
		"socials": raw("[]"), "sharedSocials": raw("[]"), "urls": raw("[]"), "locations": raw("[]"),
		"activeUsers": raw("[]"), "watchers": raw("[]"), "recentLocation": raw("{}"),
		"locale": nil, "timeZone": nil, "birthdayAt": nil, "gender": nil, "tags": raw("[]"),
		"sentiment": raw("{}"), "progressiveStatus": nil, "recentItems": raw("[]"),
	}),
	conversation: members(document{
		"name": nil, "externalId": nil, "status": "open", "priority": raw("3"), "direction": "in",
		"satisfaction": raw("0"), "satisfactionLevel": raw("{}"), "tags": raw("[]"),
		"suggestedTags": raw("[]"), "sentiment": raw("{}"), "assignedUsers": raw("[]"),
		"assignedTeams": raw("[]"), "replyChannel": nil, "noteCount": raw("0"), "ended": false,
	}),
	message: members(document{
		"externalId": nil, "preview": "", "subject": nil, "size": raw("0"), "meta": raw("{}"),
		"sentiment": raw("{}"), "lang": nil, "auto": false, "redacted": false, "attachments": raw("[]"),
	}),
	company: members(document{
		"externalId": nil, "avatarUrl": nil, "emails": raw("[]"), "phones": raw("[]"), "whatsapps": raw("[]"),
		"socials": raw("[]"), "urls": raw("[]"), "domains": raw("[]"), "locations": raw("[]"), "tags": raw("[]"),
	}),
	note:    members(document{"externalId": nil, "lang": nil}),
	kobject: members(document{"externalId": nil, "description": nil, "icon": nil, "images": raw("[]"), "data": raw("{}"), "custom": raw("{}"), "tags": raw("[]")}),
	klass:   members(document{"displayName": nil, "icon": nil, "color": nil, "status": "enabled", "mixins": raw("[]")}),
	draft:   members(document{"status": "draft"}),
	merger:  members(document{"status": "success"}),
}
