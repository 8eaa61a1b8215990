// What Bandwidth's SDK for Node does with a server; run by test_node_sdk.py, which reads what it prints as JSON.
// Usage: node node_client.cjs FOLDER BASE_URL ACCOUNT
// Client credentials are left out: this SDK fetches its tokens from the platform's own host alone.

const [folder, baseUrl, account] = process.argv.slice(2);
const sdk = require(require.resolve("bandwidth-sdk", { paths: [folder] }));

const APPLICATION = "93de2206-9669-4e07-948d-329f4b722ee2";
const SENDER = "+19195550199";
const RECIPIENT = "+19195550100";

function configuration(credentials) {
  return new sdk.Configuration({ basePath: baseUrl, ...credentials });
}

const basic = configuration({ username: "user", password: "secret" });
const messages = new sdk.MessagesApi(basic, baseUrl);
const media = new sdk.MediaApi(basic, baseUrl);
const multiChannel = new sdk.MultiChannelApi(basic, baseUrl);
const message = { applicationId: APPLICATION, to: [RECIPIENT], from: SENDER, text: "Your table is ready" };

async function failure(action) {
  try {
    await action();
    return null;
  } catch (error) {
    return [error.response?.status, error.response?.data?.type];
  }
}

async function main() {
  const sms = await messages.createMessage(account, { ...message, tag: "t" });
  const group = await messages.createMessage(account, { ...message, to: [RECIPIENT, "+19195550101"] });
  const rbm = { from: "ExampleAgent", applicationId: APPLICATION, channel: "RBM", content: { text: "Is eight fine?" } };
  const mixed = await multiChannel.createMultiChannelMessage(account, { to: RECIPIENT, channelList: [rbm] });
  await media.uploadMedia(account, "a/menu.txt", "soup", "text/plain");
  const listed = await media.listMedia(account);
  const down = await media.getMedia(account, "a/menu.txt", { responseType: "text" });
  const deleted = await media.deleteMedia(account, "a/menu.txt");
  const list = await messages.listMessages(account, undefined, SENDER);
  const preset = new sdk.MessagesApi(configuration({ accessToken: "preset" }), baseUrl);
  return {
    sms: [sms.status, sms.data.id.length, sms.data.segmentCount, sms.data.tag],
    group: group.data.to.length,
    multiChannel: [mixed.status, mixed.data.data.channelList[0].owner],
    media: [listed.data[0].mediaName, String(down.data), deleted.status],
    list: list.data.totalCount,
    invalid: await failure(() => messages.createMessage(account, { ...message, from: "+invalid" })),
    token: (await preset.createMessage(account, message)).status,
    wrong: await failure(() =>
      new sdk.MessagesApi(configuration({ username: "user", password: "wrong" }), baseUrl).createMessage(account, message),
    ),
  };
}

main().then(
  (seen) => process.stdout.write(JSON.stringify(seen)),
  (error) => {
    process.stderr.write(`${error.stack}\n${JSON.stringify(error.response?.data)}\n`);
    process.exit(1);
  },
);
