/** Names of common emoji; any other name is shown as it was typed. */

const NAMES = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|wave 👋|clap 👏|pray 🙏|muscle 💪|raised_hands 🙌|ok_hand 👌
point_up ☝️|point_right 👉|point_left 👈|point_down 👇|handshake 🤝|eyes 👀|brain 🧠|writing_hand ✍️
smile 😄|smiley 😃|grinning 😀|grin 😁|joy 😂|sweat_smile 😅|blush 😊|wink 😉|slightly_smiling_face 🙂
thinking_face 🤔|neutral_face 😐|confused 😕|cry 😢|sob 😭|angry 😠|rage 😡|scream 😱|sleeping 😴
sunglasses 😎|heart_eyes 😍|star-struck 🤩|partying_face 🥳|face_with_monocle 🧐|shrug 🤷|facepalm 🤦
heart ❤️|broken_heart 💔|blue_heart 💙|green_heart 💚|yellow_heart 💛|purple_heart 💜|sparkling_heart 💖
fire 🔥|star ⭐|star2 🌟|sparkles ✨|zap ⚡|boom 💥|tada 🎉|confetti_ball 🎊|rocket 🚀|trophy 🏆|medal 🏅
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|no_entry ⛔|no_entry_sign 🚫
warning ⚠️|rotating_light 🚨|exclamation ❗|question ❓|information_source ℹ️|bulb 💡|mag 🔍|lock 🔒
unlock 🔓|key 🔑|shield 🛡️|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢|speech_balloon 💬|thought_balloon 💭
hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|alarm_clock ⏰|clock1 🕐|calendar 📅|date 📆
memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|pushpin 📌|paperclip 📎|link 🔗|scissors ✂️|books 📚|book 📖
page_facing_up 📄|file_folder 📁|open_file_folder 📂|package 📦|email 📧|envelope ✉️|inbox_tray 📥
outbox_tray 📤|newspaper 📰|bar_chart 📊|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉
computer 💻|keyboard ⌨️|desktop_computer 🖥️|iphone 📱|phone ☎️|gear ⚙️|wrench 🔧|hammer 🔨|toolbox 🧰
bug 🐛|robot_face 🤖|ghost 👻|alien 👽|snake 🐍|cat 🐱|dog 🐶|panda_face 🐼|fox_face 🦊|unicorn_face 🦄
art 🎨|frame_with_picture 🖼️|camera 📷|movie_camera 🎥|microphone 🎤|headphones 🎧|musical_note 🎵
game_die 🎲|dart 🎯|jigsaw 🧩|gift 🎁|balloon 🎈|coffee ☕|tea 🍵|pizza 🍕|cake 🍰|apple 🍎|beer 🍺
sunny ☀️|cloud ☁️|rain_cloud 🌧️|snowflake ❄️|rainbow 🌈|ocean 🌊|earth_africa 🌍|moon 🌙|seedling 🌱
herb 🌿|evergreen_tree 🌲|cherry_blossom 🌸|rose 🌹|sunflower 🌻|car 🚗|bike 🚲|airplane ✈️|house 🏠
office 🏢|school 🏫|hospital 🏥|money_with_wings 💸|moneybag 💰|credit_card 💳|scales ⚖️|globe_with_meridians 🌐
recycle ♻️|repeat 🔁|arrows_counterclockwise 🔄|arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️
red_circle 🔴|large_green_circle 🟢|large_yellow_circle 🟡|large_blue_circle 🔵|white_circle ⚪|black_circle ⚫
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|100 💯|wastebasket 🗑️|put_litter_in_its_place 🚮|octagonal_sign 🛑
raised_hand ✋|stop_button ⏹️|arrow_forward ▶️|checkered_flag 🏁|triangular_flag_on_post 🚩|new 🆕|ok 🆗|soon 🔜`;

const EMOJI = new Map(NAMES.trim().split(/[|\n]/).map((pair) => pair.split(" ")));

/** The character of an emoji name, or null. */
export const emoji = (name) => EMOJI.get(name) ?? null;

/** An emoji character, or `:name:` where the name is not known here. */
export const emojiOrName = (name) => emoji(name) ?? `:${name}:`;

/** What the quick reaction menu offers. */
export const QUICK_REACTIONS = ["+1", "eyes", "white_check_mark", "tada", "heart", "thinking_face"];
