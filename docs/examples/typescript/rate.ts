// Rates, reads and clears a song through the client that was generated from openapi.yaml.
import { client } from "./client/client.gen.ts";
import {
  deleteSongRating,
  getSongRating,
  listSongRatings,
  RatingValue,
  setSongRating,
  type ErrorsResponse,
} from "./client/index.ts";

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Set ${name}.`);
  return value;
}

// An error body may be empty, text or HTML, whatever its content type says.
function describe(error: unknown, response: Response | undefined): string {
  const first = (error as Partial<ErrorsResponse> | undefined)?.errors?.[0];
  return [response?.status ?? "no response", first?.title, first?.code].filter(Boolean).join(" ");
}

const developerToken = variable("APPLE_MUSIC_DEVELOPER_TOKEN");
const musicUserToken = variable("APPLE_MUSIC_USER_TOKEN");
client.setConfig({
  baseUrl: process.env.APPLE_MUSIC_BASE_URL ?? "https://api.music.apple.com",
  // The contract has two security schemes; the bearer token is the developer token.
  auth: ({ scheme }) => (scheme === "bearer" ? developerToken : musicUserToken),
});

const song = "907242702";
const other = "1151618586";
const body = { type: "rating", attributes: { value: RatingValue.LIKE } } as const;

const rated = await setSongRating({ path: { id: song }, body });
if (!rated.data) {
  console.error(`Not rated: ${describe(rated.error, rated.response)}`);
  process.exit(1);
}
console.log("rated:", rated.data.data[0]?.attributes?.value);

const one = await getSongRating({ path: { id: song } });
console.log("one:", one.data?.data[0]?.attributes?.value);

const none = await getSongRating({ path: { id: other } });
console.log("unrated:", describe(none.error, none.response));

// The response omits unrated items, so look up ratings by id.
const several = await listSongRatings({ query: { ids: [other, song] } });
const values = new Map(several.data?.data.map((each) => [each.id, each.attributes?.value]));
for (const id of [other, song]) console.log("several:", id, values.get(id) ?? "unrated");

const cleared = await deleteSongRating({ path: { id: song } });
console.log("cleared:", cleared.response?.status);

const again = await deleteSongRating({ path: { id: song } });
console.log("cleared again:", describe(again.error, again.response));
