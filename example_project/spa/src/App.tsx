import { useEffect, useState } from "react";

import { auth, useSession } from "./auth";

type Me = { id: string; cookies: string[] };

// A path is one of the site's. The session token goes along, and a session that has ended
// is begun anew.
async function fetchMe(): Promise<Me> {
  const response = await auth.fetch("/api/me/");
  if (!response.ok) throw new Error(`/api/me/ answered ${response.status}`);
  return response.json();
}

function useMe(userId: string | null) {
  const [me, setMe] = useState<Me | null>(null);
  useEffect(() => {
    let isCurrent = true;
    setMe(null);
    // The page shows who is logged in without it; so an answer that fails may stay away.
    if (userId) fetchMe().then((found) => isCurrent && setMe(found), () => undefined);
    return () => {
      isCurrent = false;
    };
  }, [userId]);
  return me;
}

function Visitor({ userId, name }: { userId: string; name?: string | null }) {
  const me = useMe(userId);
  return (
    <>
      <h1>Hello, {name ?? "viewer"}</h1>
      {me && (
        <p id="me">
          The site knows you as user {me.id}, by {me.cookies.length} cookies and one token.
        </p>
      )}
      {!name && <Action label="Show my name" act={() => auth.authorize()} />}
      <Action label="Log out" act={() => auth.logout()} />
    </>
  );
}

// What goes wrong is told by `session.error`, for a login that nobody has pressed, too.
function Action({ label, act }: { label: string; act: () => Promise<unknown> }) {
  const [isBusy, setBusy] = useState(false);
  const press = () => {
    setBusy(true);
    act().catch(() => undefined).finally(() => setBusy(false));
  };
  return <button onClick={press} aria-disabled={isBusy} aria-busy={isBusy}>{label}</button>;
}

export function App() {
  const { userId, ttminis, error } = useSession();
  return (
    <main>
      {userId ? (
        <Visitor key={userId} userId={userId} name={ttminis?.profile?.display_name} />
      ) : (
        <>
          <h1>Nobody is logged in</h1>
          <Action label="Log in with TikTok" act={() => auth.login()} />
        </>
      )}
      <p role="status">{error?.message}</p>
    </main>
  );
}
