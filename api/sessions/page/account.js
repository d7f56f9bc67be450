// One small page: to sign in, to set a password by a link, and to make and show passkeys.

const $ = (id) => document.getElementById(id);
const fragment = new URLSearchParams(location.hash.slice(1));
let csrf = "";

async function call(method, path, body) {
  const headers = { "X-CSRF-Token": csrf };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  const found = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(found.detail);
  if (found?.csrf_token) csrf = found.csrf_token;
  return found;
}

function say(text, wrong = false) {
  $("message").textContent = text;
  $("message").classList.toggle("wrong", wrong);
}

function show(id) {
  for (const part of ["sign-in", "set-password", "account"]) $(part).hidden = part !== id;
}

// what a button does, with what goes wrong told on the page
function on(id, event, work) {
  $(id).addEventListener(event, async (happened) => {
    happened.preventDefault();
    say("");
    try {
      await work(new FormData(event === "submit" ? happened.target : undefined));
    } catch (error) {
      say(error.message, true);
    }
  });
}

async function showAccount(session) {
  $("who").textContent = session.email;
  const until = session.stepped_up_until && new Date(session.stepped_up_until);
  const steppedUp = until && until > new Date();
  $("role").textContent = `You are ${session.role === "viewer" ? "a" : "an"} ${session.role}.`;
  if (steppedUp) say(`Your passkey was shown: changes are let through until ${until.toLocaleTimeString()}.`);
  const passkeys = await call("GET", "/v1/session/passkeys");
  $("passkeys").replaceChildren(...passkeys.map((each) => {
    const item = document.createElement("li");
    item.textContent = each.name;
    return item;
  }));
  $("step-up").hidden = passkeys.length === 0;
  show("account");
}

on("sign-in", "submit", async (form) => {
  await showAccount(await call("POST", "/v1/session", Object.fromEntries(form)));
});

on("elsewhere", "click", async () => {
  const tenant = $("sign-in").elements.tenant_id.value.trim();
  if (!tenant) throw new Error("Which tenant? Its id is in the link that you were sent.");
  location.assign(`/v1/session/oidc?tenant_id=${encodeURIComponent(tenant)}`);
});

on("set-password", "submit", async (form) => {
  const session = await call("POST", "/v1/session/link", { token: fragment.get("link"), password: form.get("password") });
  history.replaceState(null, "", location.pathname);
  await showAccount(session);
  say("Your password is set.");
});

on("make-passkey", "submit", async (form) => {
  const options = await call("POST", "/v1/session/passkeys/options");
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey });
  await call("POST", "/v1/session/passkeys", { name: form.get("name"), credential: credential.toJSON() });
  await showAccount(await call("GET", "/v1/session"));
  say("The passkey is made.");
});

on("step-up", "click", async () => {
  const options = await call("POST", "/v1/session/step-up/options");
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({ publicKey });
  await showAccount(await call("POST", "/v1/session/step-up", { credential: credential.toJSON() }));
});

on("sign-out", "click", async () => {
  await call("DELETE", "/v1/session");
  show("sign-in");
  say("You are signed out.");
});

// another link, opened in the same tab
addEventListener("hashchange", () => location.reload());

if (fragment.has("link")) {
  show("set-password");
} else {
  $("sign-in").elements.tenant_id.value = fragment.get("tenant") ?? "";
  if (fragment.has("refused")) say(fragment.get("refused"), true);
  try {
    await showAccount(await call("GET", "/v1/session"));
  } catch {
    show("sign-in");
  }
}
